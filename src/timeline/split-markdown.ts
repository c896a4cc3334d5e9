// Cuts Markdown into segments that cannot influence each other, line by line, so that a stream re-reads only the last one.

/** A stretch of source. `fence` is one code block; `flow` is anything else. `closed`: a fence that has its end. */
export type Segment = { start: number; text: string; kind: 'flow' | 'fence'; closed: boolean }

type Mode = 'none' | 'flow' | 'list' | 'fence'
type Scan = {
  /** Where the current segment begins. */
  start: number
  mode: Mode
  blankBefore: boolean
  /** The line before was a heading: whatever follows is a block of its own. */
  cutNext: boolean
  /** Column where the content of the list's outermost item begins: a fence left of it is not part of the list. */
  contentColumn: number
  fence: { char: string; length: number } | null
}

const FENCE = /^( {0,3})(`{3,}|~{3,})([^\n]*)$/
const MARKER = /^( {0,3})([-+*]|\d{1,9}[.)])( {1,4}|\t|$)/
const HEADING = /^#{1,6}(?:[ \t]|$)/

/** Cuts `text` as it grows. Cuts behind complete lines are final; the line still being written is judged provisionally. */
export function createSplitter() {
  let seen = ''
  let read = 0
  let scan = freshScan()
  let final: Segment[] = []

  return {
    /** The segments of `text`. Those cut before are the same objects while `text` only grows. */
    split(text: string): Segment[] {
      if (!text.startsWith(seen)) {
        read = 0
        scan = freshScan()
        final = []
      }
      seen = text
      for (let end = text.indexOf('\n', read); end !== -1; end = text.indexOf('\n', read)) {
        scan = readLine(scan, text, read, end, (segment) => final.push(segment))
        read = end + 1
      }
      const tail: Segment[] = []
      let last = scan
      if (read < text.length) last = readLine(scan, text, read, text.length, (segment) => tail.push(segment))
      if (last.mode === 'none') return [...final, ...tail]
      tail.push({ start: last.start, text: text.slice(last.start), kind: last.mode === 'fence' ? 'fence' : 'flow', closed: false })
      return [...final, ...tail]
    },
  }
}

const freshScan = (start = 0): Scan => ({ start, mode: 'none', blankBefore: false, cutNext: false, contentColumn: 0, fence: null })

function readLine(scan: Scan, text: string, at: number, end: number, emit: (segment: Segment) => void): Scan {
  const line = text.slice(at, end)
  const next = Math.min(end + 1, text.length)
  if (scan.mode === 'fence') {
    if (!closes(line, scan.fence!)) return scan
    emit({ start: scan.start, text: text.slice(scan.start, next), kind: 'fence', closed: true })
    return freshScan(next)
  }
  if (/^[ \t]*$/.test(line)) return scan.mode === 'none' ? { ...scan, start: next } : { ...scan, blankBefore: true }

  const cut = () => {
    if (scan.mode !== 'none') emit({ start: scan.start, text: text.slice(scan.start, at), kind: 'flow', closed: false })
  }
  const fence = opensFence(line, scan)
  if (fence) {
    cut()
    return { ...freshScan(at), mode: 'fence', fence }
  }
  const begins = scan.mode === 'none' || beginsBlock(scan, line)
  if (begins) cut()
  return extend(begins ? freshScan(at) : scan, line)
}

function extend(scan: Scan, line: string): Scan {
  const marker = MARKER.exec(line)
  const outermost = marker !== null && (scan.mode !== 'list' || marker[1]!.length < scan.contentColumn)
  return {
    ...scan,
    mode: marker || scan.mode === 'list' ? 'list' : 'flow',
    blankBefore: false,
    cutNext: HEADING.test(line),
    contentColumn: outermost ? marker[1]!.length + marker[2]!.length + 1 : scan.contentColumn,
  }
}

function beginsBlock(scan: Scan, line: string): boolean {
  if (scan.cutNext || HEADING.test(line)) return true
  if (!scan.blankBefore) return false
  // After a blank line an unindented line ends a list, unless it is the list's next item.
  if (scan.mode === 'list') return !/^[ \t]/.test(line) && !MARKER.test(line)
  return /^ {0,3}[^ \t]/.test(line)
}

function opensFence(line: string, scan: Scan) {
  const match = FENCE.exec(line)
  if (!match) return null
  const [, indent, run, info] = match as unknown as [string, string, string, string]
  if (run.startsWith('`') && info.includes('`')) return null
  if (scan.mode === 'list' && indent.length >= scan.contentColumn) return null
  return { char: run[0]!, length: run.length }
}

function closes(line: string, fence: { char: string; length: number }): boolean {
  const match = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)
  return match !== null && match[1]!.startsWith(fence.char) && match[1]!.length >= fence.length
}

/** The language and the text of a fence segment; `code` ends without a newline. */
export function readFence(segment: Segment): { language: string; code: string } {
  const [first = '', ...lines] = segment.text.split('\n')
  const match = FENCE.exec(first)
  const indent = match?.[1]?.length ?? 0
  const language = /^[^\s{,]*/.exec((match?.[3] ?? '').trim())![0]
  if (segment.closed) {
    if (lines.at(-1) === '') lines.pop()
    lines.pop()
  } else if (lines.at(-1) === '') lines.pop()
  const stripped = indent === 0 ? lines : lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length)))
  return { language, code: stripped.join('\n') }
}
