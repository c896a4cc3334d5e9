// Message type → the call it makes. Exhaustive, so that a type without a rule does not compile.
import { Refused, sessionChannel, type DataFromBrowser, type ErrorCode, type FromBrowser, type FromBrowserType } from '#protocol'
import { storageRefusal, type Answers, type Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection, Take } from './connection.ts'
import type { Subscriptions, SubscriptionServices } from './subscriptions.ts'
import { createTransientMessages, type TransientMessages } from './transient-messages.ts'

export type CommandServices = SubscriptionServices & { answers: Answers; sessions: Sessions; files: Files }

/** Run once per (user, id). `auth` is the one message of somebody who is nobody yet. */
type ChangeType = Exclude<FromBrowserType, 'auth' | keyof TransientMessages>
type Changes = { [T in ChangeType]: (data: DataFromBrowser[T], connection: Connection) => (asked: Asked) => Promise<object> }

/** Signs that come many times a second are counted, not logged. */
const UNLOGGED: readonly FromBrowserType[] = ['ping', 'typing', 'cursor_update']

export function createCommands(dependencies: {
  services: CommandServices
  channels: Channels
  subscriptions: Subscriptions
  rateLimits: RateLimits
  clock: Clock
  log: Log
  renew: (connection: Connection, token: string) => Promise<void>
}): Take {
  const { services, channels, subscriptions, rateLimits, clock, log, renew } = dependencies
  const { answers, executions, files, presence, sessions } = services

  const changes: Changes = {
    claude_message(data, connection) {
      if (data.session_id) channels.setDeltas(connection, sessionChannel(data.session_id), data.stream !== false)
      return (asked) => executions.prompt(asked, data)
    },
    create_session: (data) => (asked) => sessions.create(asked, data),
    command: (data) => (asked) => executions.command(asked, data),
    permission_response: (data) => (asked) => executions.answer(asked, data),
    queue_update: (data) => (asked) => executions.updateQueue(asked, data),
    invite_user: (data) => (asked) => sessions.invite(asked, data.session_id, data.target_user_id, data.role ?? null),
    remove_user: (data) => (asked) => sessions.removePerson(asked, data.session_id, data.target_user_id),
    set_role: (data) => (asked) => sessions.setRole(asked, data.session_id, data.target_user_id, data.role),
    file_upload: (data) => (asked) => files.store(asked, { ...data, content: decoded(data.data) }),
  }
  const transient = createTransientMessages(services, subscriptions)

  function charge(who: Identity, message: FromBrowser): 'go' | 'drop' {
    const verdict = rateLimits.charge(who.userId, message.type)
    if (verdict.verdict === 'wait') throw new Refused('RATE_LIMITED', 'too many messages at once', { retryAfterMs: verdict.retryAfterMs })
    return verdict.verdict
  }

  return async function take(connection, message, traceId) {
    const began = clock.now()
    const { who } = connection
    const { id, channel, type, data } = message
    let outcome = 'ok'
    const succeed = (result: object) => void (id !== null && connection.tell('success', result, { id }))
    const fail = (refused: { code: ErrorCode; message: string; details?: unknown }) => {
      outcome = refused.code
      connection.refuse(id, traceId, refused.code, refused.message, { details: refused.details })
    }

    /** Answers in the tick of its commit. It is charged when it is run: a repeat of one that is known costs nothing. */
    function change(by: Identity): Promise<void> {
      const run = (changes[type as ChangeType] as (data: unknown, connection: Connection) => (asked: Asked) => Promise<object>)(data, connection)
      return answers.once(
        by,
        { id: isInterrupt(message) ? null : id, body: { type, data } },
        (answer, fresh) => {
          if (answer.outcome === 'error') return fail(answer.result)
          // A kept answer says what somebody may have lost the right to hear since.
          if (fresh) subscriptions.followWhatBegan(connection, message, answer.result)
          succeed(answer.result)
        },
        async (asked) => {
          charge(by, message)
          return run(asked)
        },
      )
    }

    try {
      if (message.type === 'auth') {
        await renew(connection, message.data.token)
        return succeed({})
      }
      if (!who) throw new Refused('UNAUTHORIZED', 'auth comes first')
      if (type !== 'subscribe') presence.active(connection.id)
      if (type in changes) await change(who)
      else if (charge(who, message) === 'go') {
        await (transient[type as keyof TransientMessages] as (context: object, data: unknown) => Promise<void>)({ connection, who, channel, succeed }, data)
      }
    } catch (error) {
      const expected = storageRefusal(error)
      outcome = expected instanceof Refused ? expected.code : 'INTERNAL_ERROR'
      throw error
    } finally {
      if (outcome !== 'ok' || !UNLOGGED.includes(type)) log.info('message', { type, user_id: who?.userId, trace_id: traceId, ms: clock.now() - began, outcome })
    }
  }
}

const isInterrupt = (message: FromBrowser) => message.type === 'command' && message.data.command === 'interrupt'

async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  yield Uint8Array.from(Buffer.from(base64, 'base64'))
}
