// The numbers of this relay, kept in memory and read as Prometheus text. What there is stands in `metric-families.ts`.
import { createHistogram, type Histogram } from './histogram.ts'
import { FAMILIES, type CounterName, type Family, type FamilyName, type HistogramName, type ReadName } from './metric-families.ts'

type Labels = Readonly<Record<string, string>>

export type Metrics = {
  /** Raises a counter. Label values come from a small fixed set. */
  add(name: CounterName, by?: number, labels?: Labels): void
  /** The one with these labels, always the same: hot paths ask once and keep it. */
  histogram(name: HistogramName, labels?: Labels): Histogram
  /** A number that is read when somebody asks for it. With `label`: one for each of its values. */
  read(name: ReadName, read: () => number, labels?: Labels): void
  readBy(name: ReadName, label: string, read: () => Readonly<Record<string, number>>): void
  /** All series of a counter together. */
  total(name: CounterName): number
  /** The series of a counter added up by one of its labels. */
  totals(name: CounterName, label: string): Record<string, number>
  /** Prometheus text format 0.0.4. */
  text(): string
}

/** A mistake in a label must not fill the memory: what comes after so many series of a family is counted together. */
const maxSeries = 1_500

const escape = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

function labelsText(family: Family, labels: Labels = {}): string {
  const names = family.labels ?? []
  return names.map((name) => `${name}="${escape(labels[name] ?? '')}"`).join(',')
}

const numberText = (value: number) => (Math.abs(value) === Infinity ? (value > 0 ? '+Inf' : '-Inf') : String(value))

const line = (name: string, labels: string, value: number) => `${name}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}`

/** `le` in the notation that everybody else uses: 0.001, 1, +Inf. */
function histogramLines(name: string, labels: string, histogram: Histogram): string[] {
  const { bounds, counts, sum } = histogram.counted()
  let below = 0
  const and = labels === '' ? '' : `${labels},`
  const buckets = counts.map((count, at) => line(`${name}_bucket`, `${and}le="${bounds[at] ?? '+Inf'}"`, (below += count)))
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)]
}

/** The series of one family by the text of their labels. */
function createSeries<T>(family: Family, make: (labels: Labels) => T) {
  const all = new Map<string, T>()
  const others = Object.fromEntries((family.labels ?? []).map((name) => [name, 'other']))
  return {
    all,
    of(labels: Labels = {}): T {
      let key = labelsText(family, labels)
      let one = all.get(key)
      if (one !== undefined) return one
      const kept = all.size < maxSeries ? labels : others
      key = labelsText(family, kept)
      one = all.get(key) ?? make(kept)
      all.set(key, one)
      return one
    },
  }
}

export function createMetrics(): Metrics {
  const families = Object.entries(FAMILIES) as [FamilyName, Family][]
  const counters = new Map(families.flatMap(([name, family]) => (family.type === 'counter' ? [[name, createSeries(family, (labels) => ({ labels, count: 0 }))]] : [])))
  const histograms = new Map(families.flatMap(([name, family]) => (family.type === 'histogram' ? [[name, createSeries(family, () => createHistogram(family.buckets!))]] : [])))
  const reads = new Map<FamilyName, (() => [labels: string, value: number][])[]>()

  const addRead = (name: FamilyName, read: () => [string, number][]) => void reads.set(name, [...(reads.get(name) ?? []), read])

  function linesOf(name: FamilyName): string[] {
    const read = (reads.get(name) ?? []).flatMap((each) => each()).map(([labels, value]) => line(name, labels, value))
    const counted = [...(counters.get(name)?.all ?? [])].map(([labels, { count }]) => line(name, labels, count))
    const observed = [...(histograms.get(name)?.all ?? [])].flatMap(([labels, histogram]) => histogramLines(name, labels, histogram))
    return [...read, ...counted, ...observed]
  }

  // Without labels there is one, and it is there from the start: a rate needs the zero it began with.
  for (const [name, series] of [...counters, ...histograms]) if (!('labels' in FAMILIES[name])) series.of()

  return {
    add(name, by = 1, labels) {
      counters.get(name)!.of(labels).count += by
    },
    histogram: (name, labels) => histograms.get(name)!.of(labels),
    read(name, read, labels) {
      counters.get(name)?.all.delete('')
      addRead(name, () => [[labelsText(FAMILIES[name], labels), read()]])
    },
    readBy: (name, label, read) => addRead(name, () => Object.entries(read()).map(([value, number]) => [labelsText(FAMILIES[name], { [label]: value }), number])),
    total: (name) => [...counters.get(name)!.all.values()].reduce((sum, { count }) => sum + count, 0),
    totals(name, label) {
      const sums: Record<string, number> = {}
      for (const { labels, count } of counters.get(name)!.all.values()) sums[labels[label] ?? ''] = (sums[labels[label] ?? ''] ?? 0) + count
      return sums
    },
    text() {
      const blocks = families.map(([name, { type, help }]) => {
        const lines = linesOf(name)
        return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines]
      })
      return `${blocks.flat().join('\n')}\n`
    },
  }
}
