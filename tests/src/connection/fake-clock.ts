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
export function createFastClock(times: number): Clock {
  const start = performance.now()
  const elapsed = () => (performance.now() - start) * times
  return {
    now: () => Math.round(1_750_000_000_000 + elapsed()),
    elapsed,
    setTimer(fn, ms) {
      const handle = setTimeout(fn, ms / times)
      return { cancel: () => clearTimeout(handle) }
    },
  }
}
