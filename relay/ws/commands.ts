// The table of message types: each names the call it makes. Exhaustive, so that a type without a rule does not compile.
import { allows, IDEMPOTENT, parseChannel, Refused, sessionChannel, type DataFromBrowser, type ErrorCode, type FromBrowser, type FromBrowserType } from '#protocol'
import type { Answers, Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection, Take } from './connection.ts'
import { createJoinCollaboration } from './join-collaboration.ts'
import type { Subscriptions, SubscriptionServices } from './subscriptions.ts'

export type CommandServices = SubscriptionServices & { answers: Answers; sessions: Sessions; files: Files }

type Context = {
  connection: Connection
  who: Identity
  channel: string | null
  /** Answers with `success`, once. */
  succeed(result: object): void
  /** Runs a change once per (user, id) and answers in the tick of its commit. */
  change(run: (asked: Asked) => Promise<object>): Promise<void>
}
/** All but `auth`, which is the one message of somebody who is nobody yet. */
type Table = { [T in Exclude<FromBrowserType, 'auth'>]: (context: Context, data: DataFromBrowser[T]) => Promise<void> }

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
  const { answers, auth, executions, files, presence, sessions } = services
  const join = createJoinCollaboration(services, subscriptions)

  const table: Table = {
    ping: async () => undefined,
    async subscribe({ connection, who, channel, succeed }, want) {
      await subscriptions.subscribe(connection, who, channel!, want, succeed)
      const { kind, id } = parseChannel(channel!)!
      // Whoever opens a session may prompt in a moment: the process is started meanwhile.
      if (kind === 'session' && allows('prompt', await auth.standing(who, id!))) executions.warm(id!)
    },
    async unsubscribe({ connection, channel, succeed }) {
      subscriptions.unsubscribe(connection, channel!)
      succeed({ channel })
    },
    create_session: (context, data) => context.change((asked) => sessions.create(asked, data)),
    claude_message(context, data) {
      if (data.session_id) channels.setDeltas(context.connection, sessionChannel(data.session_id), data.stream !== false)
      return context.change((asked) => executions.prompt(asked, data))
    },
    command: (context, data) => context.change((asked) => executions.command(asked, data)),
    permission_response: (context, data) => context.change((asked) => executions.answer(asked, data)),
    queue_update: (context, data) => context.change((asked) => executions.updateQueue(asked, data)),
    join_collaboration: ({ connection, who, succeed }, data) => join(connection, who, data, succeed),
    async leave_collaboration({ connection, succeed }, { session_id }) {
      subscriptions.unsubscribe(connection, sessionChannel(session_id))
      succeed({ session_id })
    },
    invite_user: (context, data) => context.change((asked) => sessions.invite(asked, data.session_id, data.target_user_id, data.role ?? null)),
    remove_user: (context, data) => context.change((asked) => sessions.removePerson(asked, data.session_id, data.target_user_id)),
    set_role: (context, data) => context.change((asked) => sessions.setRole(asked, data.session_id, data.target_user_id, data.role)),
    async cursor_update({ who, connection }, data) {
      await auth.may(who, 'type', data.session_id)
      presence.caret(data.session_id, connection.id, { userId: who.userId, username: who.name }, data)
    },
    async typing({ who }, { session_id }) {
      await auth.may(who, 'type', session_id)
      presence.typing(session_id, { userId: who.userId, username: who.name })
      executions.warm(session_id)
    },
    file_upload: (context, data) => context.change((asked) => files.store(asked, { ...data, content: decoded(data.data) })),
  }

  function charge(who: Identity, message: FromBrowser): 'go' | 'drop' {
    const verdict = rateLimits.charge(who.userId, message.type)
    if (verdict.verdict === 'wait') throw new Refused('RATE_LIMITED', 'too many messages at once', { retryAfterMs: verdict.retryAfterMs })
    return verdict.verdict
  }

  function contextOf(connection: Connection, who: Identity, message: FromBrowser, fail: (code: ErrorCode, message: string, details: unknown) => void): Context {
    const { id, channel, type, data } = message
    const succeed = (result: object) => void (id !== null && connection.tell('success', result, { id }))
    const once = IDEMPOTENT.includes(type) && !isInterrupt(message)
    return {
      connection,
      who,
      channel,
      succeed,
      change: (run) =>
        answers.once(
          who,
          { id: once ? id : null, body: { type, data } },
          ({ outcome, result }, fresh) => {
            if (outcome === 'error') return fail(result.code, result.message, result.details)
            // A kept answer says what somebody may have lost the right to hear since.
            if (fresh) subscriptions.followWhatBegan(connection, message, result)
            succeed(result)
          },
          async (asked) => {
            charge(who, message)
            return run(asked)
          },
        ),
    }
  }

  return async function take(connection, message, traceId) {
    const began = clock.now()
    const { who } = connection
    let outcome = 'ok'
    const fail = (code: ErrorCode, text: string, details: unknown) => {
      outcome = code
      connection.refuse(message.id, traceId, code, text, { details })
    }
    try {
      if (message.type === 'auth') {
        await renew(connection, message.data.token)
        return void (message.id !== null && connection.tell('success', {}, { id: message.id }))
      }
      if (!who) throw new Refused('UNAUTHORIZED', 'auth comes first')
      if (message.type !== 'subscribe') presence.active(connection.id)
      // A change is charged when it is run: a repeat of one that is known costs nothing.
      if (!IDEMPOTENT.includes(message.type) && charge(who, message) === 'drop') return
      await (table[message.type] as (context: Context, data: unknown) => Promise<void>)(contextOf(connection, who, message, fail), message.data)
    } catch (error) {
      outcome = error instanceof Refused ? error.code : 'INTERNAL_ERROR'
      throw error
    } finally {
      if (outcome !== 'ok' || !UNLOGGED.includes(message.type)) {
        log.info('message', { type: message.type, user_id: who?.userId, trace_id: traceId, ms: clock.now() - began, outcome })
      }
    }
  }
}

const isInterrupt = (message: FromBrowser) => message.type === 'command' && message.data.command === 'interrupt'

async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  yield Uint8Array.from(Buffer.from(base64, 'base64'))
}
