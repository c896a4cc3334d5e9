// How fast one user may talk, over all of that user's sockets and requests: token buckets by kind of message.
import { LIMITS, type FromBrowser } from '#protocol'
import type { Clock } from './clock.ts'

type Rates = {
  /** `claude_message` and `command`, per second and user; twice as many at once. */
  promptsPerSecond: number
  /** Carets and typing signs: more are dropped without a word, the next one says it all. */
  signsPerSecond: number
  othersPerSecond: number
  /** Files begun, given up or sent as a whole: a folder of thousands does not make whoever drops it speechless. */
  uploadsPerSecond: number
}

type Kind = 'prompt' | 'sign' | 'other' | 'read' | 'upload' | 'piece' | 'free'

export type Verdict = { verdict: 'go' } | { verdict: 'drop' } | { verdict: 'wait'; retryAfterMs: number }

/** `request`: a change over REST; `read`: a GET; `upload`: a file that comes over REST; `piece`: of one, or a look at how far it has come. */
export type Charged = FromBrowser['type'] | 'request' | 'read' | 'upload' | 'piece'

/** A tab asks for about ten things when it opens a session, and all tabs of a user may do so together. */
const readsPerMessage = 10
/** So that pieces of 64 KiB, which some clients send, are no limit to what a disk takes. */
const piecesPerUpload = 10

const kindOf = (type: Charged): Kind => {
  if (type === 'claude_message' || type === 'command') return 'prompt'
  if (type === 'cursor_update' || type === 'typing') return 'sign'
  if (type === 'read' || type === 'piece') return type
  if (type === 'upload' || type === 'upload_start' || type === 'file_upload') return 'upload'
  // Chunks are counted by their bytes while they are under way.
  return type === 'ping' || type === 'auth' || type === 'upload_chunk' ? 'free' : 'other'
}

export type RateLimits = ReturnType<typeof createRateLimits>

export function createRateLimits({ rates, clock }: { rates: Rates; clock: Clock }) {
  const perSecond = { prompt: rates.promptsPerSecond, sign: rates.signsPerSecond, other: rates.othersPerSecond, read: rates.othersPerSecond * readsPerMessage, upload: rates.uploadsPerSecond, piece: rates.uploadsPerSecond * piecesPerUpload }
  const buckets = createBuckets(clock)
  const take = (key: string, perSecond: number, amount: number) => buckets(key, { size: perSecond * 2, perSecond }, amount)

  /** Charges one message to a user. */
  function charge(userId: string, type: Charged): Verdict {
    const kind = kindOf(type)
    if (kind === 'free') return { verdict: 'go' }
    const retryAfterMs = take(`${kind} ${userId}`, perSecond[kind], 1)
    if (retryAfterMs === 0) return { verdict: 'go' }
    return kind === 'sign' ? { verdict: 'drop' } : { verdict: 'wait', retryAfterMs }
  }

  /** Charges a frame, whatever is in it: no kind of message is free of its bytes. */
  const affords = (userId: string, bytes: number): boolean => take(`bytes ${userId}`, LIMITS.userBytesPerSecond, bytes) === 0

  return { charge, affords }
}

type Bucket = { tokens: number; filledAt: number; fullInMs: number }
type Size = { size: number; perSecond: number }

const sweepEveryMs = 10_000

/** Token buckets by key: each holds so much at once, fills at its rate, and is forgotten when it would be full again anyway. */
export function createBuckets(clock: Pick<Clock, 'now'>) {
  const buckets = new Map<string, Bucket>()
  let sweptAt = clock.now()

  function forgetFull(now: number): void {
    sweptAt = now
    for (const [key, { filledAt, fullInMs }] of buckets) if (now - filledAt > fullInMs) buckets.delete(key)
  }

  /** Takes `amount` out of a bucket if `leave` stays in it; 0, or the milliseconds until it would be so. What is refused is not taken. */
  return function take(key: string, { size, perSecond }: Size, amount = 1, leave = 0): number {
    const now = clock.now()
    if (Math.abs(now - sweptAt) > sweepEveryMs) forgetFull(now)
    const bucket = buckets.get(key) ?? { tokens: size, filledAt: now, fullInMs: (size / perSecond) * 1000 }
    // A clock that was set back must not empty the bucket.
    bucket.tokens = Math.min(size, bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1000) * perSecond)
    bucket.filledAt = now
    const lacking = amount + leave - bucket.tokens
    if (lacking > 0) return Math.ceil((lacking / perSecond) * 1000)
    bucket.tokens -= amount
    // Who only looks leaves nothing behind: names that strangers invent have no end.
    if (amount > 0) buckets.set(key, bucket)
    return 0
  }
}
