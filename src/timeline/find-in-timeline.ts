// Find in the session: every place where a text stands, in reading order, with the row and the piece of it that holds the match.
import { isLongText } from './folded-text.ts'
import { commandOutput, inputFields, plainText } from './tool-output.ts'
import type { Item, Part, Timeline, ToolPart } from './timeline.ts'

/**
 * `key` is that of the item or part. `field` says which of its texts; `start` and `end` are UTF-16 positions in it.
 * `openKeys`: what must be unfolded to see it, outermost first.
 */
export type Found = {
  key: string
  /** Of the item or part; null while it is not kept yet. */
  seq: number | null
  field: string
  start: number
  end: number
  openKeys: readonly string[]
  snippet: { before: string; match: string; after: string }
}
type FoundAll = { matches: readonly Found[]; /** There are more than are listed. */ more: boolean }

type Text = { key: string; seq: number | null; field: string; text: string; openKeys: readonly string[] }

const MOST_MATCHES = 1_000
const SNIPPET_CHARS = 40

/** Without regard to case and to how letters are composed (Korean from a Mac). An empty query finds nothing. */
export function findInTimeline(timeline: Timeline, query: string): FoundAll {
  const needle = fold(query.trim())
  if (needle === '') return { matches: [], more: false }
  const matches: Found[] = []
  for (const text of textsOf(timeline.items)) {
    // Positions are told in the original, so a text whose letters change their length when folded is searched letter by letter.
    const haystack = fold(text.text)
    const exact = haystack.length === text.text.length && text.text.normalize('NFC') === text.text
    const positions = exact ? null : foldedPositions(text.text)
    const from = positions?.folded ?? haystack
    for (let at = from.indexOf(needle); at !== -1; at = from.indexOf(needle, at + needle.length)) {
      if (matches.length === MOST_MATCHES) return { matches, more: true }
      const start = positions ? positions.starts[at]! : at
      const end = positions ? (positions.starts[at + needle.length] ?? text.text.length) : at + needle.length
      matches.push({ key: text.key, seq: text.seq, field: text.field, start, end, openKeys: text.openKeys, snippet: snippetOf(text.text, start, end) })
    }
  }
  return { matches, more: false }
}

export const isSamePlace = (one: Found, other: Found): boolean => one.key === other.key && one.field === other.field && one.start === other.start

/** Index of the match nearest to what is in view, the first of those in view; -1 when there is none. What is not kept yet is at the end. */
export function nearestMatch(matches: readonly Found[], inView: { first: number; last: number } | null): number {
  if (inView === null) return matches.length - 1
  const distances = matches.map(({ seq }) => (seq === null ? Infinity : Math.max(0, inView.first - seq, seq - inView.last)))
  return distances.indexOf(Math.min(...distances))
}

const fold = (text: string) => text.normalize('NFC').toLowerCase()

/** The folded text, and for each of its units where in the original the letter begins that it comes from. */
function foldedPositions(text: string): { folded: string; starts: number[] } {
  let folded = ''
  const starts: number[] = []
  for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    const letter = fold(segment)
    folded += letter
    for (let at = 0; at < letter.length; at++) starts.push(index)
  }
  return { folded, starts }
}

function snippetOf(text: string, start: number, end: number): Found['snippet'] {
  const line = (part: string) => part.replace(/\s+/g, ' ')
  return {
    before: line(text.slice(Math.max(0, start - SNIPPET_CHARS), start)),
    match: text.slice(start, end),
    after: line(text.slice(end, end + SNIPPET_CHARS)),
  }
}

function* textsOf(items: readonly Item[]): Generator<Text> {
  for (const item of items) {
    if (item.kind === 'turn') yield* partTexts(item.parts, [])
    else if (item.kind === 'prompt' || item.kind === 'note') {
      const openKeys = (item.kind === 'prompt' && item.origin === 'relay') || isLongText(item.content) ? [item.key] : []
      yield { key: item.key, seq: item.seq, field: 'content', text: item.content, openKeys }
      for (const file of item.attachments) yield { key: item.key, seq: item.seq, field: `file:${file.file_id}`, text: file.filename, openKeys: [] }
    } else if (item.kind !== 'unknown') yield { key: item.key, seq: item.seq, field: 'text', text: item.text, openKeys: [] }
  }
}

function* partTexts(parts: readonly Part[], openKeys: readonly string[]): Generator<Text> {
  for (const part of parts) {
    if (part.kind === 'text') yield { key: part.key, seq: part.seq, field: 'text', text: part.text, openKeys }
    else if (part.kind === 'thinking') yield { key: part.key, seq: part.seq, field: 'text', text: part.text, openKeys: [...openKeys, part.key] }
    else if (part.kind === 'tool') yield* toolTexts(part, openKeys)
    else if (part.kind === 'trouble' || part.kind === 'notice') yield { key: part.key, seq: part.seq, field: 'text', text: part.text, openKeys }
    else if (part.kind === 'outcome' && part.error) yield { key: part.key, seq: part.seq, field: 'error', text: part.error.message, openKeys }
  }
}

function* toolTexts(part: ToolPart, outside: readonly string[]): Generator<Text> {
  const openKeys = [...outside, part.key]
  for (const { name, text } of inputFields(part.input)) yield { key: part.key, seq: part.seq, field: `input:${name}`, text, openKeys }
  const output = part.tool === 'Bash' ? commandOutput(part) : plainText(part.output)
  if (output !== '') yield { key: part.key, seq: part.seq, field: 'output', text: output, openKeys }
  yield* partTexts(part.parts, openKeys)
}
