// One socket: frames in, in order; answers by id; heartbeat and the end of patience. Knows nothing of what messages mean.
import { CLOSE, decodeFromBrowser, LIMITS, Refused, type BadMessage, type ErrorCode, type FromBrowser } from '#protocol'
import type { Identity } from '../auth/identity.ts'
import type { Member } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'

/** The part of Bun's ServerWebSocket that a connection needs. */
export type Socket = {
  send(text: string): number
  close(code?: number, reason?: string): void
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  getBufferedAmount(): number
  ping(): void
  readonly readyState: number
}

/** Where messages go. Throws `Refused` for refusals; anything else thrown is a bug. */
export type Take = (connection: Connection, message: FromBrowser, traceId: string) => Promise<void>

export type Connection = ReturnType<typeof createConnection>

/** More than this many unfinished messages of one socket is a flood, not work. */
const UNFINISHED = 1_000

export function createConnection(dependencies: {
  id: string
  socket: Socket
  kind: Member['kind']
  /** Where it comes from: written into the audit with what it does. */
  from: { address: string; agent: string | null }
  clock: Clock
  log: Log
  newTraceId: () => string
  /** Whether the user may send so much now. */
  affords: (userId: string, bytes: number) => boolean
  take: Take
}) {
  const { id, socket, kind, from, clock, log, newTraceId, affords, take } = dependencies
  const openedAt = clock.now()
  let identity: Identity | null = null
  let seenAt = openedAt
  let pingedAt = openedAt
  let subscribedAt = openedAt
  let badFrames: number[] = []
  let unfinished = 0
  let tail: Promise<void> = Promise.resolve()
  let open = true

  const member: Member = {
    id,
    kind,
    send: (text) => void (open && socket.send(text)),
    bufferedBytes: () => (open ? socket.getBufferedAmount() : 0),
    subscribe: (topic) => void (open && socket.subscribe(topic)),
    unsubscribe: (topic) => void (open && socket.unsubscribe(topic)),
    close: (code, reason) => close(code, reason),
  }

  function close(code: number, reason: string): void {
    if (!open) return
    open = false
    socket.close(code, reason)
  }

  /** To this connection alone. `id`: of the message it answers. */
  function tell(type: string, data: object, of: { id?: string | null; channel?: string } = {}): void {
    member.send(JSON.stringify({ type, ...(of.id ? { id: of.id } : {}), ...(of.channel ? { channel: of.channel } : {}), data, timestamp: clock.now() }))
  }

  function refuse(messageId: string | null, traceId: string, code: ErrorCode, message: string, options: { details?: unknown; retryAfterMs?: number } = {}): void {
    tell('error', { code, message, details: options.details, retry_after_ms: options.retryAfterMs, trace_id: traceId }, { id: messageId })
  }

  function countBadFrame(): void {
    const now = clock.now()
    badFrames = [...badFrames.filter((at) => now - at < 10_000), now]
    if (badFrames.length >= LIMITS.badFramesPer10s) close(CLOSE.badFrames, 'too many bad frames')
  }

  function badFrame(message: string): void {
    refuse(null, newTraceId(), 'BAD_FRAME', message)
    countBadFrame()
  }

  function badMessage(bad: BadMessage): void {
    refuse(bad.id, newTraceId(), bad.code, bad.message, { details: bad.details })
    countBadFrame()
  }

  /** A frame as it came from the socket. Messages take effect in the order in which they arrive. */
  function receive(frame: string | Uint8Array): void {
    if (!open) return
    seenAt = clock.now()
    if (identity === null && frame.length > LIMITS.unsignedFrameBytes) return close(CLOSE.unauthorized, 'auth comes first')
    if (identity !== null && !affords(identity.userId, frame.length)) return close(CLOSE.tooMany, 'too much at once')
    if (typeof frame !== 'string') return badFrame('binary frames are for documents, and there are none yet')
    const decoded = decodeFromBrowser(frame, { arrays: kind === 'v1' })
    if (!decoded.ok) return badFrame(decoded.message)
    for (const each of decoded.messages) {
      if (!each.ok) enqueue(async () => badMessage(each))
      else if (each.message.type === 'ping') tell('pong', {}, { id: each.message.id })
      else enqueue(() => handle(each.message))
    }
  }

  function enqueue(work: () => Promise<void>): void {
    if (unfinished >= UNFINISHED) return close(CLOSE.tooMany, 'too many unanswered messages')
    unfinished += 1
    tail = tail.then(work).finally(() => {
      unfinished -= 1
    })
  }

  async function handle(message: FromBrowser): Promise<void> {
    const traceId = newTraceId()
    try {
      if (!open) return
      if (identity === null && message.type !== 'auth') throw new Refused('UNAUTHORIZED', 'auth comes first')
      await take(connection, message, traceId)
    } catch (error) {
      if (error instanceof Refused) return refuse(message.id, traceId, error.code, error.message, error.options)
      log.error('message failed', { trace_id: traceId, type: message.type, user_id: identity?.userId, error })
      refuse(message.id, traceId, 'INTERNAL_ERROR', 'the relay failed; nothing was changed', { retryAfterMs: 2_000 })
    }
  }

  /** Called every few seconds: pings, and ends what has been silent, unsigned, expired or idle for too long. */
  function tick(hasSubscriptions: boolean): void {
    const now = clock.now()
    if (hasSubscriptions) subscribedAt = now
    if (identity === null && now - openedAt > LIMITS.authWithinMs) return close(CLOSE.unauthorized, 'no token came')
    if (identity !== null && now >= identity.expiresAt) return close(CLOSE.unauthorized, 'the token has expired')
    if (now - seenAt > LIMITS.relaySilenceMs) return close(CLOSE.silent, 'silent')
    if (now - subscribedAt > LIMITS.idleWithoutSubscriptionMs) return close(CLOSE.silent, 'idle')
    if (now - pingedAt >= LIMITS.relayPingMs) {
      pingedAt = now
      socket.ping()
    }
  }

  const connection = {
    id,
    kind,
    from,
    member,
    receive,
    tell,
    refuse,
    tick,
    close,
    /** The socket answered a ping. */
    seen: () => void (seenAt = clock.now()),
    /** The socket is gone; nothing is sent any more. */
    ended: () => void (open = false),
    isOpen: () => open,
    identity: () => identity,
    signIn: (who: Identity) => void (identity = who),
    /** Resolves when everything received so far has taken effect. */
    settled: () => tail,
  }
  return connection
}
