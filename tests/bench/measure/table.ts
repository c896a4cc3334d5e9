// Numbers as people read them, and tables that are Markdown and terminal output at once.

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Three digits are all that such a measurement carries. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1_000_000) return `${short(value / 1_000_000)} M`
  if (size >= 10_000) return `${short(value / 1_000)} k`
  if (size >= 1_000) return String(Math.round(value))
  return short(value)
}

function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

export const ms = (value: number) => `${number(value)} ms`
export const percent = (share: number) => (share > 0.99995 ? '100 %' : `${(share * 100).toFixed(share > 0.99 ? 2 : 1)} %`)
export const times = (value: number) => `${number(value)}×`

export type Target = { what: string; target: string; measured: string; met: boolean; cause?: string }

/** Targets with a verdict; under the table the causes of what falls short, each once. */
export function targetTable(targets: readonly Target[]): string {
  const causes = [...new Set(targets.flatMap(({ met, cause }) => (met || cause === undefined ? [] : [cause])))]
  const verdict = ({ met, cause }: Target) => (met ? 'yes' : cause === undefined ? '**no**' : `**no** (${causes.indexOf(cause) + 1})`)
  const rows = targets.map((target) => [target.what, target.target, target.measured, verdict(target)])
  const notes = causes.map((cause, index) => `${index + 1}. ${cause[0]!.toUpperCase()}${cause.slice(1)}.`)
  return [table(['target', 'asked', 'measured', 'met'], rows), ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n')
}
