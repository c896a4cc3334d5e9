// Counters and gauges of this relay, kept in memory and read as Prometheus text or as plain numbers.
type Labels = Record<string, string>

export type Metrics = {
  /** Raises a counter. Label values must come from a small fixed set: each combination lives for ever. */
  add(name: string, by?: number, labels?: Labels): void
  /** A number that is read when somebody asks for it. */
  gauge(name: string, read: () => number): void
  /** All present values by their Prometheus name and labels. */
  values(): Record<string, number>
  /** Prometheus text format 0.0.4; `help` gives the sentence for a name. */
  text(help?: Record<string, string>): string
}

const quote = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

function series(name: string, labels?: Labels): string {
  const parts = Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}="${quote(value)}"`)
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`
}

export function createMetrics(): Metrics {
  const counters = new Map<string, number>()
  const gauges = new Map<string, () => number>()

  function values(): Record<string, number> {
    const all: Record<string, number> = Object.fromEntries(counters)
    for (const [name, read] of gauges) all[name] = read()
    return all
  }

  return {
    add(name, by = 1, labels) {
      const key = series(name, labels)
      counters.set(key, (counters.get(key) ?? 0) + by)
    },
    gauge: (name, read) => void gauges.set(name, read),
    values,
    text(help = {}) {
      const lines: string[] = []
      let family = ''
      for (const [key, value] of Object.entries(values()).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const name = key.split('{', 1)[0]!
        if (name !== family) {
          if (help[name]) lines.push(`# HELP ${name} ${help[name]}`)
          lines.push(`# TYPE ${name} ${gauges.has(name) ? 'gauge' : 'counter'}`)
          family = name
        }
        lines.push(`${key} ${value}`)
      }
      return lines.length === 0 ? '' : `${lines.join('\n')}\n`
    },
  }
}
