// How fast one user may talk, over all of that user's sockets and requests: token buckets by kind of message.
import { LIMITS, type FromBrowser } from '#protocol'
import type { Clock } from './clock.ts'

type Rates = {
  /** `claude_message` and `command`, per second and user; twice as many at once. */
  promptsPerSecond: number
  /** Carets and typing signs: more are dropped without a word, the next one says it all. */
  signsPerSecond: number
  othersPerSecond: number
}

type Kind = 'prompt' | 'sign' | 'other' | 'free'
type Bucket = { tokens: number; filledAt: number }

export type Verdict = { verdict: 'go' } | { verdict: 'drop' } | { verdict: 'wait'; retryAfterMs: number }

/** `request`: a change over REST. */
type Charged = FromBrowser['type'] | 'request'

const kindOf = (type: Charged): Kind => {
  if (type === 'claude_message' || type === 'command') return 'prompt'
  if (type === 'cursor_update' || type === 'typing') return 'sign'
  return type === 'ping' || type === 'auth' ? 'free' : 'other'
}

export type RateLimits = ReturnType<typeof createRateLimits>

export function createRateLimits({ rates, clock }: { rates: Rates; clock: Clock }) {
  const perSecond = { prompt: rates.promptsPerSecond, sign: rates.signsPerSecond, other: rates.othersPerSecond }
  const buckets = new Map<string, Bucket>()
  let sweptAt = clock.now()

  /** Takes `amount` out of a bucket of twice the rate; 0, or the milliseconds until it would be there. */
  function take(key: string, rate: number, amount: number): number {
    const size = rate * 2
    const now = clock.now()
    if (Math.abs(now - sweptAt) > 10_000) forgetFull(now)
    const bucket = buckets.get(key) ?? { tokens: size, filledAt: now }
    // A clock that was set back must not empty the bucket.
    bucket.tokens = Math.min(size, bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1000) * rate)
    bucket.filledAt = now
    buckets.set(key, bucket)
    if (bucket.tokens < amount) return Math.ceil(((amount - bucket.tokens) / rate) * 1000)
    bucket.tokens -= amount
    return 0
  }

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

  /** Buckets that would be full again anyway say nothing. */
  function forgetFull(now: number): void {
    sweptAt = now
    for (const [key, bucket] of buckets) if (now - bucket.filledAt > 10_000) buckets.delete(key)
  }

  return { charge, affords }
}

/** Admission of new sockets: bursts pass, a storm is told to come back a little later. */
export function createAdmission({ burst, perSecond, clock }: { burst: number; perSecond: number; clock: Clock }) {
  let tokens = burst
  let filledAt = clock.now()
  return {
    /** 0: come in. Otherwise the seconds to wait. */
    waitSeconds(): number {
      const now = clock.now()
      tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / 1000) * perSecond)
      filledAt = now
      if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / perSecond))
      tokens -= 1
      return 0
    },
  }
}
