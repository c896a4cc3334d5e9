// A parser of Prometheus text 0.0.4, written from its description and knowing nothing of the relay: throws at the first line that does not fit.
export type Sample = { name: string; labels: Record<string, string>; value: number }
export type ParsedFamily = { name: string; type: string; help: string; samples: Sample[] }

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*'

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest)
    if (!match) throw new Error(`labels: ${line}`)
    if (match[1]! in labels) throw new Error(`a label twice: ${line}`)
    labels[match[1]!] = match[2]!.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(match[0].length)
  }
  return labels
}

function readValue(text: string, line: string): number {
  if (text === '+Inf') return Infinity
  if (text === '-Inf') return -Infinity
  if (text === 'NaN') return NaN
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Error(`value: ${line}`)
  return Number(text)
}

export function parsePrometheus(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, ParsedFamily>()
  const seen = new Set<string>()
  let open: ParsedFamily | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const help = new RegExp(`^# HELP (${nameText}) (.+)$`).exec(line)
    if (help) {
      if (families.has(help[1]!)) throw new Error(`a family twice: ${line}`)
      open = { name: help[1]!, type: 'untyped', help: help[2]!, samples: [] }
      families.set(open.name, open)
      continue
    }
    const type = new RegExp(`^# TYPE (${nameText}) (counter|gauge|histogram)$`).exec(line)
    if (type) {
      if (open?.name !== type[1] || open!.samples.length > 0) throw new Error(`a type out of place: ${line}`)
      open!.type = type[2]!
      continue
    }
    const sample = new RegExp(`^(${nameText})(?:\\{(.*)\\})? (\\S+)$`).exec(line)
    if (!sample) throw new Error(`not a line: ${line}`)
    const family = open && (open.type === 'histogram' ? new RegExp(`^${open.name}_(bucket|sum|count)$`).test(sample[1]!) : sample[1] === open.name)
    if (!family) throw new Error(`outside of its family: ${line}`)
    const labels = readLabels(sample[2] ?? '', line)
    const key = `${sample[1]} ${JSON.stringify(Object.entries(labels).sort())}`
    if (seen.has(key)) throw new Error(`a series twice: ${line}`)
    seen.add(key)
    open!.samples.push({ name: sample[1]!, labels, value: readValue(sample[3]!, line) })
  }
  return families
}

/** The series of a histogram by their labels without `le`. */
export function histogramsOf({ name, samples }: ParsedFamily) {
  const series = new Map<string, { buckets: { le: number; value: number }[]; sum: number | null; count: number | null }>()
  for (const { name: of, labels: { le, ...labels }, value } of samples) {
    const key = JSON.stringify(labels)
    const one = series.get(key) ?? { buckets: [], sum: null, count: null }
    series.set(key, one)
    if (of === `${name}_bucket`) one.buckets.push({ le: readValue(le!, of), value })
    if (of === `${name}_sum`) one.sum = value
    if (of === `${name}_count`) one.count = value
  }
  return series
}
