// The only owner of retries: when the next try is made, and nothing about how.
import type { Clock, Timer } from '../clock.ts'
import type { SocketEnd } from './socket.ts'

const FIRST_MS = 1_000
const FLOOR_MS = 500
const CEILING_MS = 20_000
/** A link counts as good again after this long; until then a relay that greets and drops is not hammered. */
const STEADY_MS = 5_000

/** Full jitter. Try 1 within 1 s of the loss, later ones between 0.5 s and a bound that doubles up to 20 s. `random` is in [0, 1). */
export function delayBeforeTry(attempt: number, random: () => number): number {
  if (attempt <= 1) return random() * FIRST_MS
  const bound = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10))
  return FLOOR_MS + random() * (bound - FLOOR_MS)
}

/** The relay's own wish in a close reason: `{"retry_ms":1500}`, or the bare number; null without one. */
export function retryWish({ reason }: Pick<SocketEnd, 'reason'>): number | null {
  const found = /^\s*(\d{1,7})\s*$|"?retry(?:_after)?_ms"?\s*[:=]\s*(\d{1,7})/.exec(reason)
  const ms = Number(found?.[1] ?? found?.[2] ?? NaN)
  return Number.isFinite(ms) ? Math.min(ms, 60_000) : null
}

type Reconnect = {
  /** The link is down; the next try is set. `wishMs`: when the relay asked us to come back. */
  lost(wishMs?: number | null): void
  /** A try is under way. */
  trying(): void
  /** The link is up. */
  up(): void
  /** Skips the wait, if one is on. */
  now(): void
  /** No more tries until `lost` is called again. */
  stop(): void
  /** Tries since the link was last steady. */
  attempt(): number
  /** Until the next try; null when none is set. */
  inMs(): number | null
}

export function createReconnect(dependencies: { clock: Clock; random: () => number; tryAgain: () => void; onChange: () => void }): Reconnect {
  const { clock, random, tryAgain, onChange } = dependencies
  let attempt = 0
  let upSince: number | null = null
  let waiting: { timer: Timer; dueAt: number } | null = null

  function cancel(): void {
    waiting?.timer.cancel()
    waiting = null
  }

  function fire(): void {
    cancel()
    tryAgain()
  }

  return {
    lost(wishMs = null) {
      cancel()
      if (upSince !== null && clock.elapsed() - upSince >= STEADY_MS) attempt = 0
      upSince = null
      attempt += 1
      // A wish is spread out as well: a thousand browsers hear the same number.
      const ms = wishMs === null ? delayBeforeTry(attempt, random) : wishMs + random() * Math.max(FLOOR_MS, wishMs / 2)
      waiting = { timer: clock.setTimer(fire, ms), dueAt: clock.elapsed() + ms }
      onChange()
    },
    trying: cancel,
    up() {
      cancel()
      upSince = clock.elapsed()
    },
    now() {
      if (waiting) fire()
    },
    stop() {
      cancel()
      attempt = 0
      upSince = null
    },
    attempt: () => attempt,
    inMs: () => (waiting ? Math.max(0, Math.round(waiting.dueAt - clock.elapsed())) : null),
  }
}
