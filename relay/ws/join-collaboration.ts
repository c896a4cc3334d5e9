// `join_collaboration`: answer, then the session's state, then what follows it: nothing between the two is missed.
import { LIMITS, sessionChannel, type DataFromBrowser, type SessionRole, type SessionState } from '#protocol'
import type { Answers } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { SessionPresence } from '../channels/channels.ts'
import type { Executions } from '../executions/executions.ts'
import type { Files } from '../files/files.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection } from './connection.ts'
import type { Subscriptions } from './subscriptions.ts'

/** Of each list in the state: all that is in it fits into one frame, and the rest is to be had over REST. */
const listBytes = LIMITS.frameBytes / 4

/** The last of a list, as many as fit, in its order. */
function newest<T>(list: readonly T[]): T[] {
  let bytes = 0
  const first = list.findLastIndex((each) => (bytes += Buffer.byteLength(JSON.stringify(each)) + 1) > listBytes)
  return list.slice(first + 1)
}

type Services = { answers: Answers; executions: Executions; files: Files; presence: SessionPresence; sessions: Sessions }

export function createJoinCollaboration(services: Services, subscriptions: Subscriptions) {
  const { answers, executions, files, presence, sessions } = services

  return async function join(connection: Connection, who: Identity, data: DataFromBrowser['join_collaboration'], succeed: (result: object) => void): Promise<void> {
    const { session_id } = data
    let role: SessionRole = 'viewer'
    await answers.once(who, { id: null, body: null }, () => undefined, async (asked) => {
      const joined = await sessions.join(asked, session_id)
      role = joined.role
      return joined
    })
    const { epoch, seq, participants, queue, permissions } = await sessions.snapshot(who, session_id)
    const state: SessionState = {
      session_id,
      participants,
      queue,
      permissions,
      cursor_positions: presence.carets(session_id),
      messages: newest(await sessions.lastMessages(session_id, 50)),
      files: newest(await files.ofSession(session_id)),
    }
    executions.warm(session_id)
    const want = data.position || data.history ? data : { position: { epoch, seq } }
    await subscriptions.subscribe(connection, who, sessionChannel(session_id), want, (info) => {
      succeed({ ...info, role })
      connection.tell('session_state', state)
    })
  }
}
