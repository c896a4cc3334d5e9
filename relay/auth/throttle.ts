// Slows down guessing: so many attempts a minute for a key, then locked until the oldest of them is a minute old.
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'

const windowMs = 60_000
/** More keys than that within a minute is an attack: memory is bounded, and who was tried last is remembered longest. */
const maxKeys = 50_000
/** What stays when there are too many: so that they are not gone through at each attempt. */
const keptKeys = 40_000

export type Throttle = ReturnType<typeof createThrottle>

export function createThrottle({ clock }: { clock: Pick<Clock, 'now'> }) {
  /** In the order of their last attempts; of each the oldest comes first. */
  const attempts = new Map<string, number[]>()

  function recent(key: string): number[] {
    const times = attempts.get(key) ?? []
    const since = clock.now() - windowMs
    while (times.length > 0 && times[0]! <= since) times.shift()
    return times
  }

  function forgetOldest(): void {
    let tooMany = attempts.size - keptKeys
    for (const key of attempts.keys()) {
      if (tooMany-- <= 0) break
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
    /** `limit`: what it is asked for; more attempts than it takes to be over that are not remembered. */
    count(key: string, limit: number): void {
      const times = recent(key)
      times.push(clock.now())
      if (times.length > limit + 1) times.shift()
      attempts.delete(key)
      attempts.set(key, times)
      if (attempts.size > maxKeys) forgetOldest()
    },
    /** As if the attempt that was counted at `at` had never been. */
    takeBack(key: string, at: number): void {
      const times = attempts.get(key) ?? []
      const index = times.lastIndexOf(at)
      if (index >= 0) times.splice(index, 1)
      if (times.length === 0) attempts.delete(key)
    },
    clear(key: string): void {
      attempts.delete(key)
    },
  }
}
