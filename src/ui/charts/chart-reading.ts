// What a chart says at one point, the same words for the tip, for screen readers and for the table. Pure.

/** One series as text: what it is called and what it says at each point. */
export type ReadSeries = { name: string; texts: readonly string[] }

/** "8 Nov: Opus $8.00, Sonnet $4.30"; a single series is named by the chart itself. */
export function spokenReading(label: string, series: readonly ReadSeries[], at: number): string {
  const [only] = series
  if (only && series.length === 1) return `${label}: ${only.texts[at] ?? ''}`
  return `${label}: ${series.map(({ name, texts }) => `${name} ${texts[at] ?? ''}`).join(', ')}`
}

/** Which labels stand under the chart: the first, the middle one and the last, as far as they differ. */
export function shownLabels(labels: readonly string[]): string[] {
  const last = labels.length - 1
  const middle = labels.length > 4 ? [Math.floor(last / 2)] : []
  return [...new Set([0, ...middle, last])].flatMap((at) => labels[at] ?? [])
}
