// The events of one execution as server-sent events: from any of them on, then live, to its end.
import { LIMITS, Refused, rest, type Reached } from '#protocol'
import type { Executions, Following } from '../executions/executions.ts'
import { createEventStream, eventStreamHeaders } from './event-stream.ts'
import { route, type Route } from './route.ts'

/** Proxies and kernels forget connections on which nothing moves for a minute. */
const beatsBetweenComments = 3
const retryMs = 1_000

/** The id of the last event that the reader has; one that comes back says it in a header, and its address is the old one. */
function reachedBy(request: Request, after: string | null | undefined): Reached {
  const reached = rest.readEventId(request.headers.get('last-event-id') || after || '0')
  if (reached === null) throw new Refused('VALIDATION', 'Last-Event-ID: not an id of these events')
  return reached
}

export function executionEventRoutes({ executions }: { executions: Executions }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/claude/executions/:id/events',
      access: 'user',
      scope: 'read',
      summary: 'Its events as they come (server-sent events), from the first, or after the one named; the last is the final `task`.',
      query: rest.executionEventsQuery,
      about: {
        description:
          'Each event has `<epoch>.<seq>` as `id` (of the log, and in the execution), its type as `event`, and the message as on a WebSocket as `data`. Deltas of text that is being written come between them without an `id`. Whoever comes back with the `id` of the last event they have (`Last-Event-ID`, or `after`) misses none and gets none twice, also after a restart of the relay. A restored log has another epoch: to whoever comes with an `id` of the earlier one `reset` is told first, without an `id`, and then all of it from the first event on. A `seq` alone is taken as well, but then nobody notices that. A comment comes when there is nothing else for a while.',
        content: ['text/event-stream'],
        also: { 204: { says: 'All was told up to there: do not come back.', holds: 'nothing' } },
        reads: ['Last-Event-ID'],
        refuses: ['CONFLICT'],
      },
      async handle({ who, params, query, request, lasting }) {
        const reached = reachedBy(request, query.after)
        if (await executions.isTold(who, params.id, reached)) return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
        if (request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders })
        let following: Following | null = null
        let beats = 0
        let isEnded = false
        let toBeTaken: (() => void) | null = null
        const stream = createEventStream({ taken: () => following?.drained(), left: () => following?.stop() })
        stream.retryAfter(retryMs)
        following = await executions.follow(who, params.id, reached, {
          over: 'sse',
          take: ({ id, type, text }) => {
            beats = 0
            stream.event({ id, type, data: text })
          },
          // What came in one burst is not held against the reader: it is fed from the log until it has taken it.
          bufferedBytes: () => Math.min(stream.bufferedBytes(), LIMITS.closeBytes),
          idle: () => ++beats % beatsBetweenComments === 0 && stream.comment('still here'),
          end() {
            isEnded = true
            stream.end()
            toBeTaken?.()
          },
        })
        toBeTaken = lasting(stream.leave)
        if (isEnded) toBeTaken()
        return new Response(stream.body, { headers: eventStreamHeaders })
      },
    }),
  ]
}
