// How fast an upload is, as a mean over three seconds, and how long it will take, without jumping; pure.

const MEAN_MS = 3_000
/** Of the new estimate in the one that is shown, per second: it follows in some seconds and never jumps. */
const FOLLOWS = 0.35
/** The shown estimate is put right at once where it is this wrong. */
const FAR_OFF = 3

export type Speed = {
  /** What the relay had at which time (elapsed ms), oldest first; the first is at least three seconds old, if anything is. */
  samples: readonly { atMs: number; offset: number }[]
  /** As it was shown last. */
  left: { atMs: number; ms: number } | null
}

export const NO_SPEED: Speed = { samples: [], left: null }

/** The relay has `offset` bytes. The first call of a stretch says where it begins; a cut or a pause begins a new one. */
export function withOffset(speed: Speed, offset: number, atMs: number): Speed {
  const samples = [...speed.samples, { atMs, offset }]
  while (samples.length > 2 && atMs - samples[1]!.atMs >= MEAN_MS) samples.shift()
  return { ...speed, samples }
}

/** Bytes per second; null until three seconds tell something. An answer that does not come makes it fall. */
export function bytesPerSecond({ samples }: Speed, nowMs: number): number | null {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || samples.length < 2 || nowMs - first.atMs < MEAN_MS) return null
  // Between two answers nothing is known: the last one stays true for as long as one usually takes.
  const usualMs = (last.atMs - first.atMs) / (samples.length - 1)
  const overdueMs = Math.max(0, nowMs - last.atMs - 2 * usualMs)
  return ((last.offset - first.offset) * 1000) / (last.atMs - first.atMs + overdueMs)
}

/** `speed` with the time left as it is to be shown now: it runs down with the clock and is led towards each new estimate. */
export function withTimeLeft(speed: Speed, size: number, nowMs: number): Speed {
  const rate = bytesPerSecond(speed, nowMs)
  const offset = speed.samples.at(-1)?.offset ?? 0
  if (rate === null || rate <= 0) return { ...speed, left: null }
  const estimateMs = ((size - offset) * 1000) / rate
  if (speed.left === null) return { ...speed, left: { atMs: nowMs, ms: estimateMs } }
  const passedMs = nowMs - speed.left.atMs
  const runDownMs = Math.max(0, speed.left.ms - passedMs)
  const isFarOff = estimateMs > runDownMs * FAR_OFF || estimateMs * FAR_OFF < runDownMs
  const share = isFarOff ? 1 : 1 - (1 - FOLLOWS) ** (passedMs / 1000)
  return { ...speed, left: { atMs: nowMs, ms: runDownMs + (estimateMs - runDownMs) * share } }
}

export const secondsLeft = ({ left }: Speed): number | null => (left === null ? null : Math.max(1, Math.round(left.ms / 1000)))
