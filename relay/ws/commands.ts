// The table of message types: each names the call it makes. Exhaustive, so that a type without a rule does not compile.
import { allows, IDEMPOTENT, parseChannel, Refused, sessionChannel, type DataFromBrowser, type ErrorCode, type FromBrowser, type FromBrowserType, type SessionRole, type SessionState } from '#protocol'
import type { Answers, Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/identity.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Connection, Take } from './connection.ts'
import type { RateLimits } from '../rate-limits.ts'
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
type Refusal = { code: ErrorCode; message: string; details?: unknown }
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

  const table: Table = {
    ping: async () => undefined,
    subscribe: async (context, want) => {
      await subscriptions.subscribe(context.connection, context.who, context.channel!, want, context.succeed)
      const { kind, id } = parseChannel(context.channel!)!
      // Whoever opens a session may prompt in a moment: the process is started meanwhile.
      if (kind === 'session' && allows('prompt', await auth.standing(context.who, id!))) executions.warm(id!)
    },
    unsubscribe: async (context) => {
      subscriptions.unsubscribe(context.connection, context.channel!)
      context.succeed({ channel: context.channel })
    },
    create_session: (context, data) => context.change((asked) => sessions.create(asked, data)),
    claude_message: (context, data) => {
      if (data.session_id) channels.setDeltas(context.connection, sessionChannel(data.session_id), data.stream !== false)
      return context.change((asked) => executions.prompt(asked, data))
    },
    command: (context, data) => context.change((asked) => executions.command(asked, data)),
    permission_response: (context, data) => context.change((asked) => executions.answer(asked, data)),
    queue_update: (context, data) => context.change((asked) => executions.updateQueue(asked, data)),
    join_collaboration: (context, data) => join(context, data),
    leave_collaboration: async (context, { session_id }) => {
      subscriptions.unsubscribe(context.connection, sessionChannel(session_id))
      context.succeed({ session_id })
    },
    invite_user: (context, data) => context.change((asked) => sessions.invite(asked, data.session_id, data.target_user_id, data.role ?? null)),
    remove_user: (context, data) => context.change((asked) => sessions.removePerson(asked, data.session_id, data.target_user_id)),
    set_role: (context, data) => context.change((asked) => sessions.setRole(asked, data.session_id, data.target_user_id, data.role)),
    cursor_update: async ({ who, connection }, data) => {
      await auth.may(who, 'type', data.session_id)
      presence.caret(data.session_id, connection.id, { userId: who.userId, username: who.name }, data)
    },
    typing: async ({ who }, { session_id }) => {
      await auth.may(who, 'type', session_id)
      presence.typing(session_id, { userId: who.userId, username: who.name })
      executions.warm(session_id)
    },
    file_upload: (context, data) => context.change((asked) => files.store(asked, { ...data, content: decoded(data.data) })),
  }

  /** Answer, then the session's state, then what follows it: nothing between the two is missed. */
  async function join(context: Context, data: DataFromBrowser['join_collaboration']): Promise<void> {
    const { connection, who } = context
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
      messages: await sessions.lastMessages(session_id, 50),
      files: await files.ofSession(session_id),
    }
    executions.warm(session_id)
    const want = data.position || data.history ? data : { position: { epoch, seq } }
    await subscriptions.subscribe(connection, who, sessionChannel(session_id), want, (info) => {
      context.succeed({ ...info, role })
      connection.tell('session_state', state)
    })
  }

  function charge(who: Identity, message: FromBrowser): 'go' | 'drop' {
    const verdict = rateLimits.charge(who.userId, message.type)
    if (verdict.verdict === 'wait') throw new Refused('RATE_LIMITED', 'too many messages at once', { retryAfterMs: verdict.retryAfterMs })
    return verdict.verdict
  }

  function contextOf(connection: Connection, who: Identity, message: FromBrowser, fail: (refusal: Refusal) => void): Context {
    const succeed = (result: object) => void (message.id !== null && connection.tell('success', result, { id: message.id }))
    const once = IDEMPOTENT.includes(message.type) && !isInterrupt(message)
    return {
      connection,
      who,
      channel: message.channel,
      succeed,
      change: (run) =>
        answers.once(who, { id: once ? message.id : null, body: { type: message.type, data: message.data } }, (answer, fresh) => {
          if (answer.outcome === 'error') return fail(answer.result)
          // A kept answer says what somebody may have lost the right to hear since.
          if (fresh && connection.kind === 'simple') followWhatBegan(connection, message, answer.result as { session_id?: string })
          succeed(answer.result)
        }, async (asked) => {
          charge(who, message)
          return run(asked)
        }),
    }
  }

  function followWhatBegan(connection: Connection, message: FromBrowser, result: { session_id?: string }): void {
    const sessionId = result.session_id ?? (message.data as { session_id?: string | null }).session_id
    if (!sessionId || !['create_session', 'claude_message', 'file_upload'].includes(message.type)) return
    subscriptions.follow(connection, sessionChannel(sessionId))
  }

  return async function take(connection, message, traceId) {
    const began = clock.now()
    const who = connection.who
    let outcome = 'ok'
    const fail = (refusal: Refusal) => {
      outcome = refusal.code
      connection.refuse(message.id, traceId, refusal.code, refusal.message, { details: refusal.details })
    }
    try {
      if (message.type === 'auth') return await renew(connection, message.data.token).then(() => void (message.id !== null && connection.tell('success', {}, { id: message.id })))
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
