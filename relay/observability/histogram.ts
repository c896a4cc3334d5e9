// Counts values by the buckets they fall into. Observing costs a few comparisons and allocates nothing.

/** `counts[i]`: values up to `bounds[i]` and above the bound before it; the last one counts those above all bounds. */
export type Counted = { bounds: readonly number[]; counts: readonly number[]; sum: number }

export type Histogram = {
  observe(value: number): void
  counted(): Counted
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  return {
    observe(value) {
      let at = 0
      while (at < bounds.length && value > bounds[at]!) at++
      counts[at]!++
      sum += value
    },
    counted: () => ({ bounds, counts: [...counts], sum }),
  }
}

/** What came between two looks at the same histogram. */
export const since = (now: Counted, before: Counted | undefined): Counted =>
  before ? { bounds: now.bounds, counts: now.counts.map((count, at) => count - before.counts[at]!), sum: now.sum - before.sum } : now

export const total = ({ counts }: Counted): number => counts.reduce((sum, count) => sum + count, 0)

/** The value that this share of all is not above, estimated evenly within its bucket as Prometheus does; null when nothing was counted. */
export function quantile(counted: Counted, share: number): number | null {
  const { bounds, counts } = counted
  const rank = share * total(counted)
  if (rank === 0) return null
  let below = 0
  for (const [at, count] of counts.entries()) {
    if (below + count < rank) {
      below += count
      continue
    }
    const from = at === 0 ? 0 : bounds[at - 1]!
    const to = bounds[at] ?? from
    return from + (to - from) * ((rank - below) / count)
  }
  return bounds.at(-1) ?? null
}
