// Watches how late the relay comes to its work: a timer that fires late says that something held up everybody.
import type { Clock } from '../clock.ts'
import type { Metrics } from '../observability/metrics.ts'

export type EventLoop = {
  /** The latest that the timer was within the last ten seconds, in milliseconds. */
  maxLagMs(): number
  stop(): void
}

const tickMs = 100
const slotMs = 1_000
const slots = 10

export function watchEventLoop({ clock, metrics }: { clock: Clock; metrics: Pick<Metrics, 'histogram'> }): EventLoop {
  const histogram = metrics.histogram('ensemble_event_loop_lag_seconds')
  /** The worst of each second, the one that runs last. */
  const worst: { slot: number; lagMs: number }[] = []
  let last = clock.elapsed()

  function tick(): void {
    const now = clock.elapsed()
    const lagMs = Math.max(0, now - last - tickMs)
    last = now
    histogram.observe(lagMs / 1_000)
    const slot = Math.floor(now / slotMs)
    const current = worst.at(-1)
    if (current?.slot === slot) current.lagMs = Math.max(current.lagMs, lagMs)
    else worst.push({ slot, lagMs })
    if (worst.length > slots + 1) worst.shift()
  }

  const timer = clock.every(tick, tickMs)

  return {
    maxLagMs() {
      const now = clock.elapsed()
      const recent = worst.filter(({ slot }) => slot > now / slotMs - slots - 1).map(({ lagMs }) => lagMs)
      // Whoever asks may come before the timer that is late.
      return Math.max(0, now - last - tickMs, ...recent)
    },
    stop: timer.cancel,
  }
}
