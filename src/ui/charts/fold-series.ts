// No more than four series in a chart: the largest keep their names, all others are one. Pure.

export type NamedValues = { name: string; values: readonly number[] }

const MOST = 4

/** The largest first. `rest` is the name of what was put together. */
export function foldSeries(series: readonly NamedValues[], rest: string): NamedValues[] {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
  const sorted = series.toSorted((a, b) => sum(b.values) - sum(a.values))
  if (sorted.length <= MOST) return sorted
  const others = sorted.slice(MOST - 1)
  const longest = Math.max(...others.map((each) => each.values.length))
  return [...sorted.slice(0, MOST - 1), { name: rest, values: Array.from({ length: longest }, (_, at) => others.reduce((all, each) => all + (each.values[at] ?? 0), 0)) }]
}
