// The WebSockets as rows of the table: who is let in is said by the handshake's own door, for a token may come there in three places, or later.
import { rest } from '#protocol'
import * as z from 'zod/mini'
import { route, type Route } from './route.ts'

const token = z.optional(z.string())
const switched = { 101: { says: 'From here on it is a WebSocket.', holds: 'nothing' } } as const
const ways = 'The token is sent as subprotocol `bearer.<token>` beside `ensemble.v1`, as `?token=`, or in a first message `auth` within ten seconds; a wrong one is refused at once.'

export function socketRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/ws',
      access: 'open',
      socket: true,
      summary: 'The WebSocket on which everything is heard and said, by the wire protocol.',
      query: z.object({ token }),
      status: 101,
      about: { operationId: 'openSocket', description: ways, also: switched, refuses: ['UNAUTHORIZED', 'RATE_LIMITED', 'DRAINING'] },
      handle: ({ upgrade }) => upgrade(),
    }),
    route({
      method: 'GET',
      path: '/ws/executions/:id',
      access: 'open',
      socket: true,
      summary: 'A WebSocket that carries the events of one execution, from the first or after the one named, and closes with the last.',
      query: z.object({ token, after: rest.executionEventsQuery.shape.after }),
      status: 101,
      about: { operationId: 'openExecutionSocket', description: `${ways} It takes nothing else. After an \`id\` of an earlier log, one that was restored since, it tells \`reset\` and then all of it.`, also: switched, refuses: ['UNAUTHORIZED', 'RATE_LIMITED', 'CONFLICT', 'DRAINING'] },
      handle: ({ upgrade }) => upgrade(),
    }),
  ]
}
