// A clock that stands still until a test moves it.
import type { Clock } from '../../../src/clock.ts'

export type FakeClock = Clock & {
  /** Moves on by `ms`; each timer that comes due fires in its order, with what it promised done before the next. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock: `elapsed` does not notice. */
  setWall(ms: number): void
  pending(): number
}

/** Lets everything that waits on promises only come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export function createFakeClock(startMs = 1_750_000_000_000): FakeClock {
  let elapsed = 0
  let offset = startMs
  let order = 0
  const timers = new Map<number, { at: number; fn: () => void }>()

  return {
    now: () => offset + elapsed,
    elapsed: () => elapsed,
    setTimer(fn, ms) {
      const key = order++
      timers.set(key, { at: elapsed + Math.max(0, ms), fn })
      return { cancel: () => void timers.delete(key) }
    },
    async advance(ms) {
      const end = elapsed + ms
      await settle()
      for (;;) {
        const due = [...timers].filter(([, each]) => each.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
        if (!due) break
        timers.delete(due[0])
        elapsed = Math.max(elapsed, due[1].at)
        due[1].fn()
        await settle()
      }
      elapsed = end
    },
    setWall: (ms) => void (offset = ms - elapsed),
    pending: () => timers.size,
  }
}

/** The real clock, `times` as fast: waits of seconds take milliseconds, in the same order. */
export const createFastClock = (times: number): ReturnType<typeof createHurryingClock> => createHurryingClock(times)

/** The same, which begins with `from` as fast and goes on with `times` from `hurry` on; what is waited for then comes sooner as well. */
export function createHurryingClock(times: number, from = times): Clock & { hurry(): void; /** Timers that have not rung. */ pending(): number } {
  type Timer = { at: number; fn: () => void; handle?: ReturnType<typeof setTimeout> }
  const timers = new Set<Timer>()
  let [speed, since, base] = [from, performance.now(), 0]
  const elapsed = () => base + (performance.now() - since) * speed
  const arm = (timer: Timer) => (timer.handle = setTimeout(() => (timers.delete(timer), timer.fn()), Math.max(0, timer.at - elapsed()) / speed))
  return {
    now: () => Math.round(1_750_000_000_000 + elapsed()),
    elapsed,
    setTimer(fn, ms) {
      const timer: Timer = { at: elapsed() + ms, fn }
      timers.add(timer)
      arm(timer)
      return { cancel: () => (clearTimeout(timer.handle), void timers.delete(timer)) }
    },
    hurry() {
      ;[base, since, speed] = [elapsed(), performance.now(), times]
      for (const timer of timers) {
        clearTimeout(timer.handle)
        arm(timer)
      }
    },
    pending: () => timers.size,
  }
}
