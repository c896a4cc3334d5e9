// A clock that only moves when a test says so.
import type { Clock, Timer } from '../../../relay/clock.ts'

type Due = { at: number; run(): void; everyMs: number | null }

export function createManualClock() {
  let now = 1_000_000
  const due = new Set<Due>()
  const add = (entry: Due): Timer => {
    due.add(entry)
    return { cancel: () => void due.delete(entry) }
  }
  const clock: Clock = {
    now: () => now,
    setTimer: (run, ms) => add({ at: now + ms, run, everyMs: null }),
    every: (run, ms) => add({ at: now + ms, run, everyMs: ms }),
  }
  return {
    ...clock,
    /** Runs all that falls due on the way, in order. */
    advance(ms: number): void {
      const end = now + ms
      for (;;) {
        const next = [...due].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = Math.max(now, next.at)
        if (next.everyMs === null) due.delete(next)
        else next.at += next.everyMs
        next.run()
      }
      now = end
    },
    /** The machine's clock is set; no time passes. */
    step: (ms: number): void => {
      for (const entry of due) entry.at += ms
      now += ms
    },
  }
}
