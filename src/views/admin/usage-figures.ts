// What a report says, as charts and lists show it. Pure.
import type { UsageFigures, UsageReport, UsageRow } from '#protocol'

export const usdOf = (micros: number): number => micros / 1_000_000

/** All days of a report, also those on which nothing was used. */
export function daysOf({ from, to }: Pick<UsageReport, 'from' | 'to'>): string[] {
  const days: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10))
  return days
}

/** Cost in dollars, a series per model, a value per day. */
export function costByModel(report: UsageReport): { name: string; values: number[] }[] {
  const days = daysOf(report)
  const byModel = new Map<string, number[]>()
  for (const { day, model, cost_micros } of report.rows) {
    const name = modelName(model ?? '')
    const values = byModel.get(name) ?? days.map(() => 0)
    byModel.set(name, values)
    const at = days.indexOf(day ?? '')
    if (at !== -1) values[at] = (values[at] ?? 0) + usdOf(cost_micros)
  }
  return [...byModel].map(([name, values]) => ({ name, values })).filter(({ values }) => values.some((value) => value > 0))
}

/** "Opus 5.5" for `claude-opus-5-5-20260101`, "Sonnet 3.7" for `claude-3-7-sonnet`; others as they are. */
export function modelName(id: string): string {
  const words = /claude-([a-z0-9-]+)/.exec(id)?.[1]?.split('-') ?? []
  const family = words.find((word) => /^[a-z]{4,}$/.test(word) && word !== 'latest')
  if (!family) return id || '?'
  const version = words.filter((word) => /^\d{1,2}$/.test(word)).join('.')
  return `${family[0]!.toUpperCase()}${family.slice(1)}${version && ` ${version}`}`
}

export const tokensOf = ({ input_tokens, output_tokens, cache_read_tokens, cache_write_tokens }: UsageFigures): number => input_tokens + output_tokens + cache_read_tokens + cache_write_tokens

/** How much of what Claude read came out of the cache; null where it read nothing. */
export function cacheShare({ input_tokens, cache_read_tokens, cache_write_tokens }: UsageFigures): number | null {
  const read = input_tokens + cache_read_tokens + cache_write_tokens
  return read === 0 ? null : cache_read_tokens / read
}

/** Of the cost; null where nothing has cost anything. */
export function terminalShare({ rows, total }: Pick<UsageReport, 'rows' | 'total'>): number | null {
  const terminal = rows.find(({ source }) => source === 'terminal')?.cost_micros ?? 0
  return total.cost_micros === 0 ? null : terminal / total.cost_micros
}

/** Those worth a line: the most expensive. */
export const worthALine = (rows: readonly UsageRow[], most = 10): UsageRow[] => rows.filter((row) => row.cost_micros > 0 || tokensOf(row) > 0).slice(0, most)
