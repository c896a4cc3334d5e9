// Tables as CSV (RFC 4180) that spreadsheets open as they are meant, and run nothing of.

/** Excel takes a file without it for one in the language's old code page, and Korean names for noise. */
export const BOM = '\ufeff'
export const csvType = 'text/csv; charset=utf-8; header=present'

/** What begins so, also after blanks and in full width, is run as a formula by spreadsheets: an apostrophe before it makes it text. */
const formula = /^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/

export type Cell = string | number | boolean | null | undefined

function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  // Numbers of ours are numbers, also below zero; text is whatever somebody typed.
  const text = typeof value === 'string' && formula.test(value) ? `'${value}` : String(value)
  // In some countries spreadsheets part cells at semicolons.
  return /[",;\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`
