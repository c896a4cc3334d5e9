// Tables as CSV (RFC 4180), safe to open in a spreadsheet. Pure.

type Cell = string | number | null | undefined

/** A spreadsheet runs what begins like a formula: such a text gets an apostrophe before it. Numbers are ours and stay. */
const isFormula = /^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/

export function csvCell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = isFormula.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** Lines end in CRLF, the last one too; the first names the columns. */
export function csvOf<Row extends Record<string, unknown>>(columns: readonly (keyof Row & string)[], rows: readonly Row[]): string {
  const lines = [columns.map(csvCell), ...rows.map((row) => columns.map((column) => csvCell(row[column] as Cell)))]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}
