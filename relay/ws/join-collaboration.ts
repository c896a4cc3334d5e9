// `join_collaboration`: answer, then the session's state, then what follows it: nothing between the two is missed.
import { Refused, sessionChannel, type DataFromBrowser, type SessionRole, type SessionState } from '#protocol'
import type { Answer, Answers } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { SessionPresence } from '../channels/channels.ts'
import type { Executions } from '../executions/executions.ts'
import type { Files } from '../files/files.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection } from './connection.ts'
import { fitState } from './fit-state.ts'
import type { Subscriptions } from './subscriptions.ts'
import { warmFor } from './warm-ahead.ts'

type Services = { answers: Answers; executions: Executions; files: Files; presence: SessionPresence; sessions: Sessions }

export function createJoinCollaboration(services: Services, subscriptions: Subscriptions) {
  const { answers, executions, files, presence, sessions } = services

  return async function join(connection: Connection, who: Identity, data: DataFromBrowser['join_collaboration'], succeed: (result: object) => void): Promise<void> {
    const { session_id } = data
    const told = Promise.withResolvers<Answer>()
    await answers.once(who, { id: null, body: null }, told.resolve, (asked) => sessions.join(asked, session_id))
    const answer = await told.promise
    if (answer.outcome === 'error') throw new Refused(answer.result.code, answer.result.message, { details: answer.result.details })
    const { role } = answer.result as { role: SessionRole }
    const { epoch, seq, participants, queue, permissions } = await sessions.snapshot(who, session_id)
    const state: SessionState = fitState({
      session_id,
      participants,
      queue,
      permissions,
      cursor_positions: presence.carets(session_id),
      messages: await sessions.lastMessages(session_id, 50),
      files: await files.ofSession(session_id),
    })
    warmFor(executions, who, session_id, role)
    const want = data.position || data.history ? data : { position: { epoch, seq } }
    await subscriptions.subscribe(connection, who, sessionChannel(session_id), want, (info) => {
      succeed({ ...info, role })
      connection.tell('session_state', state)
    })
  }
}
