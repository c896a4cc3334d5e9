// Slows down guessing: so many attempts a minute for a key, then locked until the oldest of them is a minute old.
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'

const windowMs = 60_000
const maxKeys = 50_000

export type Throttle = ReturnType<typeof createThrottle>

export function createThrottle({ clock }: { clock: Pick<Clock, 'now'> }) {
  const attempts = new Map<string, number[]>()

  function recent(key: string): number[] {
    const since = clock.now() - windowMs
    return (attempts.get(key) ?? []).filter((at) => at > since)
  }

  function forgetOld(): void {
    for (const key of attempts.keys()) if (recent(key).length === 0) attempts.delete(key)
    // More keys than that within a minute is an attack: the oldest are let go of, memory is not.
    for (const key of attempts.keys()) {
      if (attempts.size <= maxKeys) break
      attempts.delete(key)
    }
  }

  return {
    /** Throws RATE_LIMITED when `key` has had `limit` attempts within a minute. */
    check(key: string, limit: number): void {
      const times = recent(key)
      if (times.length < limit) return
      const lockedUntil = times[times.length - limit]! + windowMs
      throw new Refused('RATE_LIMITED', 'too many attempts to sign in', {
        details: { locked_until: lockedUntil },
        retryAfterMs: Math.max(1, lockedUntil - clock.now()),
      })
    },
    /** How many attempts `key` has left in this minute. */
    left: (key: string, limit: number): number => Math.max(0, limit - recent(key).length),
    isOver: (key: string, limit: number): boolean => recent(key).length > limit,
    count(key: string): void {
      attempts.set(key, [...recent(key), clock.now()])
      if (attempts.size > maxKeys) forgetOld()
    },
    /** As if the attempt that was counted at `at` had never been. */
    takeBack(key: string, at: number): void {
      const times = attempts.get(key) ?? []
      const index = times.lastIndexOf(at)
      if (index >= 0) attempts.set(key, times.toSpliced(index, 1))
    },
    clear(key: string): void {
      attempts.delete(key)
    },
  }
}
