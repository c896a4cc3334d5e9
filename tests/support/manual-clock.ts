// A clock that stands still until it is told to go on.
import type { Clock, Timer } from '../../relay/clock.ts'

export type ManualClock = Clock & {
  /** Runs everything that falls due within the next `ms` milliseconds, in order. */
  advance(ms: number): void
  /** The machine's clock is set: no time passes, nothing falls due sooner. */
  step(ms: number): void
  /** Timers that are set. */
  pending(): number
}

export function manualClock(start = 1_700_000_000_000): ManualClock {
  type Entry = { at: number; order: number; fn: () => void; repeatMs: number | null }
  const entries = new Set<Entry>()
  let now = start
  let stepped = 0
  let order = 0

  function set(fn: () => void, ms: number, repeatMs: number | null): Timer {
    const entry: Entry = { at: now + ms, order: order++, fn, repeatMs }
    entries.add(entry)
    return { cancel: () => void entries.delete(entry) }
  }

  const nextUntil = (end: number): Entry | undefined =>
    [...entries].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]

  return {
    now: () => now,
    elapsed: () => now - stepped,
    setTimer: (fn, ms) => set(fn, ms, null),
    every: (fn, ms) => set(fn, ms, ms),
    advance(ms) {
      const end = now + ms
      for (let entry = nextUntil(end); entry; entry = nextUntil(end)) {
        now = entry.at
        if (entry.repeatMs === null) entries.delete(entry)
        else entry.at += entry.repeatMs
        entry.fn()
      }
      now = end
    },
    step(ms) {
      for (const entry of entries) entry.at += ms
      now += ms
      stepped += ms
    },
    pending: () => entries.size,
  }
}
