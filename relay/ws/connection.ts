// One socket: frames in, in order; answers by id. Knows nothing of what messages mean.
import { CLOSE, decodeFromBrowser, LIMITS, Refused, relayFailed, type BadMessage, type ErrorCode, type FromBrowser } from '#protocol'
import { storageRefusal } from '../answers/answers.ts'
import type { Member } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { besideChunks, type Flights } from './flights.ts'
import { MessageLine } from './message-line.ts'
import { MemberSocket, type From } from './member-socket.ts'

/** Where messages go. Throws `Refused` for refusals; anything else thrown is a bug. */
export type Take = (connection: Connection, message: FromBrowser, traceId: string) => Promise<void>

/** What all connections share. `affords`: whether the user may send so many bytes now. */
export type Surroundings = { clock: Clock; log: Log; refused?: (code: ErrorCode) => void; newTraceId: () => string; affords: (userId: string, bytes: number) => boolean; flights: Flights; take: Take }

const NONE: readonly never[] = []

export class Connection extends MemberSocket {
  readonly around: Surroundings
  private readonly line = new MessageLine(this)
  private badFramesAt: readonly number[] = NONE

  constructor(id: string, kind: Member['kind'], from: From, around: Surroundings) {
    super(id, kind, from, around.clock.now())
    this.around = around
  }

  /** To this connection alone. `id`: of the message it answers. */
  tell(type: string, data: object, of: { id?: string | null; channel?: string } = {}): void {
    this.send(JSON.stringify({ type, id: of.id ?? undefined, channel: of.channel, data, timestamp: this.around.clock.now() }))
  }

  refuse(messageId: string | null, traceId: string, code: ErrorCode, message: string, options: { details?: unknown; retryAfterMs?: number } = {}): void {
    this.around.refused?.(code)
    this.tell('error', { code, message, details: options.details, retry_after_ms: options.retryAfterMs, trace_id: traceId }, { id: messageId })
  }

  /** A frame as it came from the socket. Messages take effect in the order in which they arrive. */
  receive(frame: string | Uint8Array): void {
    const { who, around } = this
    if (!this.isOpen()) return
    this.seenAt = around.clock.now()
    if (who === null && frame.length > LIMITS.unsignedFrameBytes) return this.close(CLOSE.unauthorized, 'auth comes first')
    if (typeof frame !== 'string') return this.bad({ id: null, code: 'BAD_FRAME', message: 'binary frames are for documents, and there are none yet' })
    const decoded = decodeFromBrowser(frame, { arrays: this.kind !== 'simple' })
    if (who !== null && !around.affords(who.userId, besideChunks(frame, decoded))) return this.close(CLOSE.tooMany, 'too much at once')
    if (!decoded.ok) return this.bad({ id: null, code: 'BAD_FRAME', message: decoded.message })
    for (const each of decoded.messages) {
      if (each.ok && each.message.type === 'ping') this.tell('pong', {}, { id: each.message.id })
      else this.line.add(each)
    }
  }

  async handle(message: FromBrowser): Promise<void> {
    if (!this.isOpen()) return
    const { take, log, newTraceId } = this.around
    const traceId = newTraceId()
    try {
      if (this.who === null && message.type !== 'auth') throw new Refused('UNAUTHORIZED', 'auth comes first')
      await take(this, message, traceId)
    } catch (error) {
      const expected = storageRefusal(error)
      const refused = expected instanceof Refused ? expected : relayFailed()
      this.refuse(message.id, traceId, refused.code, refused.message, refused.options)
      if (refused !== expected) log.error('message failed', { trace_id: traceId, type: message.type, user_id: this.who?.userId, error })
    }
  }

  bad({ id, code, message, details }: Omit<BadMessage, 'ok'>): void {
    this.refuse(id, this.around.newTraceId(), code, message, { details })
    this.badFramesAt = [...this.badFramesAt.filter((at) => this.seenAt - at < 10_000), this.seenAt]
    if (this.badFramesAt.length >= LIMITS.badFramesPer10s) this.close(CLOSE.badFrames, 'too many bad frames')
  }
}
