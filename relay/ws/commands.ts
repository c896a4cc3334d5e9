// Message type → the call it makes. Exhaustive, so that a type without a rule does not compile.
import { Refused, sessionChannel, type DataFromBrowser, type FromBrowser, type FromBrowserType } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Connection, Take } from './connection.ts'
import { fileMessages } from './file-messages.ts'
import { logMessages, type Taken } from './message-log.ts'
import { refuseOutOfScope } from './scoped.ts'
import type { Subscriptions } from './subscriptions.ts'
import { createTransientMessages, type CommandServices, type TransientMessages } from './transient-messages.ts'

/** Run once per (user, id). `auth` is the one message of somebody who is nobody yet. */
type ChangeType = Exclude<FromBrowserType, 'auth' | keyof TransientMessages>
type Changes = { [T in ChangeType]: (data: DataFromBrowser[T], connection: Connection) => (asked: Asked) => Promise<object> }

export function createCommands(dependencies: {
  services: CommandServices
  channels: Channels
  subscriptions: Subscriptions
  rateLimits: RateLimits
  clock: Clock
  log: Log
  renew: (connection: Connection, token: string) => Promise<void>
}): Take {
  const { services, channels, subscriptions, rateLimits, renew } = dependencies
  const { answers, executions, presence, sessions } = services

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
    ...fileMessages(services),
  }
  const transient = createTransientMessages(services, subscriptions)

  function charge(who: Identity, message: FromBrowser): 'go' | 'drop' {
    const verdict = rateLimits.charge(who.userId, message.type)
    if (verdict.verdict === 'wait') throw new Refused('RATE_LIMITED', 'too many messages at once', { retryAfterMs: verdict.retryAfterMs })
    return verdict.verdict
  }

  /** Answers in the tick of its commit. It is charged when it is run: a repeat of one that is known costs nothing. */
  async function change(connection: Connection, by: Identity, message: FromBrowser, traceId: string, succeed: (result: object) => void): Promise<Taken> {
    const { id, type, data } = message
    const run = (changes[type as ChangeType] as (data: unknown, connection: Connection) => (asked: Asked) => Promise<object>)(data, connection)
    let taken: Taken = 'ok'
    await answers.once(
      by,
      { id: isInterrupt(message) ? null : id, body: { type, data } },
      ({ outcome, result }, fresh) => {
        if (outcome === 'error') {
          taken = result.code
          return connection.refuse(id, traceId, result.code, result.message, { details: result.details })
        }
        // A kept answer says what somebody may have lost the right to hear since.
        if (fresh) subscriptions.followWhatBegan(connection, message, result)
        succeed(result)
      },
      async (asked) => {
        charge(by, message)
        return run({ ...asked, trace: traceId })
      },
    )
    return taken
  }

  return logMessages({ ...dependencies, metrics: services.metrics }, async (connection, message, traceId) => {
    const { who } = connection
    const { id, channel, type, data } = message
    const succeed = (result: object) => void (id !== null && connection.tell('success', result, { id }))
    if (type === 'auth') {
      await renew(connection, data.token)
      succeed({})
      return 'ok'
    }
    if (!who) throw new Refused('UNAUTHORIZED', 'auth comes first')
    refuseOutOfScope(who, message, charge)
    if (type !== 'subscribe') presence.active(connection.id)
    if (type in changes) return change(connection, who, message, traceId, succeed)
    // A sign too many is dropped, and answered like the others: the next says it all.
    if (charge(who, message) === 'drop') succeed({})
    else await (transient[type as keyof TransientMessages] as (context: object, data: unknown) => Promise<void>)({ connection, who, channel, succeed }, data)
    return 'ok'
  })
}

const isInterrupt = (message: FromBrowser) => message.type === 'command' && message.data.command === 'interrupt'
