// `/ws/executions/<id>?after=`: sockets that carry one execution from an event on, to its end, and take nothing but a token.
import { CLOSE, entityId, Refused, rest } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Executions, FollowEnd, Following } from '../executions/executions.ts'
import type { Log } from '../observability/log.ts'
import type { Connection, Take } from './connection.ts'
import type { Follows } from './member-socket.ts'

const path = '/ws/executions/'
const ENDS: Record<FollowEnd, [code: number, reason: string]> = {
  over: [1000, 'that was all'],
  'signed out': [CLOSE.unauthorized, 'signed out'],
  'not visible': [CLOSE.forbidden, 'no longer visible to you'],
  behind: [CLOSE.slowReader, 'come back by position'],
}

/** What the address of a socket asks for: null for the usual one. */
export function followsOf({ pathname, searchParams }: URL): Follows | null {
  if (!pathname.startsWith(path)) return null
  const executionId = pathname.slice(path.length)
  const reached = rest.readEventId(searchParams.get('after') || '0')
  if (!entityId.safeParse(executionId).success) throw new Refused('NOT_FOUND', 'not found')
  if (reached === null) throw new Refused('VALIDATION', 'after: the id of the last event that you have, or its seq')
  return { executionId, reached }
}

/** It hears, and says who it is. */
export const hearsOnly = (take: Take): Take => async (connection, message, traceId) => {
  if (message.type !== 'auth') throw new Refused('FORBIDDEN', 'this socket only follows its execution')
  return take(connection, message, traceId)
}

export function createExecutionSockets({ executions, log }: { executions: Executions; log: Log }) {
  const followings = new WeakMap<Connection, Following>()

  async function follow(connection: Connection, who: Identity, { executionId, reached }: Follows): Promise<void> {
    const following = await executions.follow(who, executionId, reached, {
      over: 'socket',
      take: ({ text }) => connection.send(text),
      bufferedBytes: () => connection.bufferedBytes(),
      end: (why) => connection.close(...ENDS[why]),
    })
    if (connection.isOpen()) followings.set(connection, following)
    else following.stop()
  }

  return {
    /** Before the upgrade, of whoever has brought a token: refused as over REST. */
    check: async (who: Identity, { executionId, reached }: Follows): Promise<void> => void (await executions.isTold(who, executionId, reached)),
    /** Who speaks is known now. */
    begin(connection: Connection, who: Identity, follows: Follows): void {
      follow(connection, who, follows).catch((problem: unknown) => {
        if (!(problem instanceof Refused)) log.error('an execution could not be followed', { problem })
        else connection.refuse(null, connection.id, problem.code, problem.message, problem.options)
        connection.close(...ENDS[problem instanceof Refused ? 'not visible' : 'behind'])
      })
    },
    renewed: (connection: Connection, who: Identity): void => followings.get(connection)?.renewed(who),
    drained: (connection: Connection): void => followings.get(connection)?.drained(),
    forget: (connection: Connection): void => followings.get(connection)?.stop(),
  }
}
