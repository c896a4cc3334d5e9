// Marks found text in what is drawn, without touching it: the CSS Custom Highlight API paints over ranges.
import type { Found } from '../../timeline/find-in-timeline.ts'
import { likeliest } from './likeliest-place.ts'

/** More ranges than this are not looked at by anybody. */
const MOST_RANGES = 500
/** Texts that are one to the reader, however many pieces they are drawn in: code in its colours, a path in its parts. */
const WHOLE = '[data-whole], p, pre, h1, h2, h3, h4, h5, h6, th, td'

/** The match that is shown now: the row that holds it, what stands around it, and which of the row's matches it is. */
type Here = { row: string; snippet: Found['snippet']; nth: number }

/** Paints all matches, that of `here` stronger, and returns its range. Where the browser has no highlights nothing is painted. */
export function markText(root: HTMLElement, query: string, here: Here | null): Range | null {
  clearMarks()
  const needle = query.trim().normalize('NFC').toLowerCase()
  if (needle === '') return null
  const all: Range[] = []
  const inRow: { range: Range; before: string; after: string }[] = []
  for (const nodes of textsIn(root)) {
    const text = nodes.map((node) => node.data).join('')
    const lower = text.toLowerCase()
    // Letters that change their length with their case: their places would not be those of the text.
    const haystack = lower.length === text.length ? lower : text
    const row = nodes[0]!.parentElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
    for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + needle.length)) {
      if (all.length + inRow.length >= MOST_RANGES) break
      const range = rangeIn(nodes, at, at + needle.length)
      if (here !== null && row === here.row) inRow.push({ range, before: text.slice(0, at), after: text.slice(at + needle.length) })
      else all.push(range)
    }
  }
  const chosen = here && inRow.length > 0 ? inRow[likeliest(inRow, here.snippet, here.nth)]!.range : null
  if (typeof Highlight !== 'undefined') {
    CSS.highlights.set('found', new Highlight(...all, ...inRow.map(({ range }) => range).filter((range) => range !== chosen)))
    if (chosen) CSS.highlights.set('found-here', new Highlight(chosen))
  }
  return chosen
}

/** What is drawn, each text as the pieces it consists of. */
function textsIn(root: HTMLElement): Text[][] {
  const texts: Text[][] = []
  let of: Element | null = null
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const parent = node.parentElement
    // Words for those who listen are not to be seen.
    if (!parent || parent.closest('.unseen')) continue
    const whole: Element = parent.closest(WHOLE) ?? parent
    if (whole === of) texts.at(-1)!.push(node)
    else texts.push([node])
    of = whole
  }
  return texts
}

function rangeIn(nodes: readonly Text[], start: number, end: number): Range {
  const range = nodes[0]!.ownerDocument.createRange()
  let from = 0
  for (const node of nodes) {
    const to = from + node.length
    if (start >= from && start < to) range.setStart(node, start - from)
    if (end > from && end <= to) range.setEnd(node, end - from)
    from = to
  }
  return range
}

export function clearMarks(): void {
  if (typeof Highlight === 'undefined') return
  CSS.highlights.delete('found')
  CSS.highlights.delete('found-here')
}
