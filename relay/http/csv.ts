// Tables as CSV (RFC 4180) that spreadsheets open as they are meant.

/** Excel takes a file without it for one in the language's old code page, and Korean names for noise. */
export const BOM = '\ufeff'
export const csvType = 'text/csv; charset=utf-8; header=present'

/** A cell that begins so is run as a formula by spreadsheets: an apostrophe before it makes it text. */
const formula = /^[=+\-@\t\r]/

type Cell = string | number | boolean | null | undefined

function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  // Numbers of ours are numbers, also below zero; text is whatever somebody typed.
  const text = typeof value === 'string' && formula.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`
