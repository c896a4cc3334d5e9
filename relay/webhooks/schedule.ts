// When a delivery is tried again: exponential with jitter, over about a day, and never sooner than the receiver asked for.

const firstMs = 5_000
const factor = 3
const mostMs = 4 * 3_600_000

/** Attempts in all: with these waits the last is made between 12 and 25 hours after the first. */
export const maxAttempts = 14

/** After so many attempts; null: that was the last. `random`: 0 to 1. */
export function waitAfter(attempts: number, retryAfterMs: number | null, random: () => number): number | null {
  if (attempts >= maxAttempts) return null
  const full = Math.min(mostMs, firstMs * factor ** (attempts - 1))
  const wait = full / 2 + (full / 2) * random()
  return Math.round(Math.max(wait, Math.min(retryAfterMs ?? 0, mostMs)))
}
