// Output of a terminal as lines of toned spans: bounded, and nothing in it but text.
import { type AnsiStyle, applySgr, PLAIN_STYLE } from './ansi-style.ts'
import { showBidi } from './visible-text.ts'

type AnsiSpan = { text: string; style: AnsiStyle }
type AnsiLine = readonly AnsiSpan[]
export type AnsiOutput = {
  lines: readonly AnsiLine[]
  /** Lines of the whole output, and how many of them stand before `lines`. */
  total: number
  hidden: number
}

const MOST_LINES = 5_000
const LONGEST_LINE = 4_000

// Strings of OSC, DCS and their kin (titles, links, pictures), CSI, other escapes, moves within the line, text.
const TOKEN =
  /\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\|(?=\n)|$)|(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~]|$)|\u001b[ -/]*(?:[0-~]|$)|[\n\r\b]|[^\u001b\u009b\n\r\b]+|[\s\S]/g
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g

/** `last`: only so many lines from the end (while a command runs, the last twelve). */
export function readTerminal(output: string, options: { last?: number } = {}): AnsiOutput {
  const text = output.endsWith('\n') ? output.slice(0, output.endsWith('\r\n') ? -2 : -1) : output
  if (text === '') return { lines: [], total: 0, hidden: 0 }
  const wanted = Math.min(options.last ?? MOST_LINES, MOST_LINES)
  const start = startOfLast(text, wanted)
  const hidden = countLines(text, start)
  const lines = readLines(text.slice(start), styleAt(text, start))
  return { lines, total: hidden + lines.length, hidden }
}

function startOfLast(text: string, lines: number): number {
  let at = text.length
  for (let count = 0; count < lines; count++) {
    // A negative second argument would be read as 0 and find the same newline again.
    at = at === 0 ? -1 : text.lastIndexOf('\n', at - 1)
    if (at === -1) break
  }
  return at + 1
}

function countLines(text: string, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Colours set in the part that is not shown still hold. */
function styleAt(text: string, end: number): AnsiStyle {
  let style = PLAIN_STYLE
  for (const match of text.slice(0, end).matchAll(/(?:\u001b\[|\u009b)([\d;:]*)m/g)) style = applySgr(style, match[1]!)
  return style
}

function readLines(text: string, from: AnsiStyle): AnsiLine[] {
  const lines: AnsiLine[] = []
  let style = from
  let row = createRow()
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0]
    const final = match[2]
    if (token === '\n') {
      lines.push(row.spans())
      row = createRow()
    } else if (token === '\r') row.moveTo(0)
    else if (token === '\b') row.moveBy(-1)
    else if (final === 'm' && /^[\d;:]*$/.test(match[1]!)) style = applySgr(style, match[1]!)
    else if (final === 'K') row.erase(match[1]!)
    else if (final === 'G') row.moveTo(Number(match[1] || 1) - 1)
    else if (final === undefined && token[0] !== '\u001b') row.write(token.replace(CONTROLS, ''), style)
  }
  lines.push(row.spans())
  return lines
}

/** One line being written. Only lines that are written over (progress bars) pay for a cell per character. */
function createRow() {
  let spans: AnsiSpan[] = []
  let cells: { char: string; style: AnsiStyle }[] | null = null
  let column = 0
  let length = 0

  function toCells() {
    if (cells === null) {
      cells = spans.flatMap((span) => Array.from(span.text, (char) => ({ char, style: span.style })))
      column = cells.length
    }
    return cells
  }

  return {
    write(text: string, style: AnsiStyle) {
      const room = LONGEST_LINE - length
      if (cells === null) {
        if (text === '' || room <= 0) return
        spans.push({ text: text.slice(0, room), style })
        length += text.length
        if (length > LONGEST_LINE) spans.push({ text: '…', style })
        return
      }
      for (const char of text) {
        if (column >= LONGEST_LINE) return
        while (cells.length < column) cells.push({ char: ' ', style: PLAIN_STYLE })
        cells[column++] = { char, style }
      }
    },
    moveTo(to: number) {
      toCells()
      column = Math.min(Math.max(0, to), LONGEST_LINE)
    },
    moveBy(by: number) {
      toCells()
      column = Math.max(0, column + by)
    },
    /** `K`: from here to the end, `1K`: up to here, `2K`: the whole line. */
    erase(how: string) {
      if (how === '' || how === '0') {
        if (cells) cells.length = Math.min(cells.length, column)
        return
      }
      const all = toCells()
      if (how === '2') all.length = 0
      else for (let at = 0; at <= Math.min(column, all.length - 1); at++) all[at] = { char: ' ', style: PLAIN_STYLE }
    },
    spans(): AnsiLine {
      const all = cells === null ? spans : cells.map(({ char, style }) => ({ text: char, style }))
      spans = []
      for (const span of all) {
        const last = spans.at(-1)
        if (last && sameStyle(last.style, span.style)) spans[spans.length - 1] = { text: last.text + span.text, style: last.style }
        else spans.push(span)
      }
      return spans.map((span) => ({ text: showBidi(span.text), style: span.style }))
    },
  }
}

function sameStyle(a: AnsiStyle, b: AnsiStyle): boolean {
  return (
    a === b ||
    (a.tone === b.tone && a.on === b.on && a.bold === b.bold && a.dim === b.dim && a.italic === b.italic &&
      a.underline === b.underline && a.strike === b.strike && a.inverse === b.inverse)
  )
}
