// Marks found text in what is drawn, without touching it: the CSS Custom Highlight API paints over ranges.

/** More ranges than this are not looked at by anybody. */
const MOST_RANGES = 500

/** `hereKey`: the row whose matches are painted stronger. Where the browser has no highlights nothing is painted. */
export function markText(root: HTMLElement, query: string, hereKey: string | null): void {
  clearMarks()
  const needle = query.trim().normalize('NFC').toLowerCase()
  if (needle === '' || typeof Highlight === 'undefined') return
  const all: Range[] = []
  const here: Range[] = []
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node && all.length + here.length < MOST_RANGES; node = walker.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? ''
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
      const range = root.ownerDocument.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + needle.length)
      const row = node.parentElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
      ;(row !== undefined && row === hereKey ? here : all).push(range)
    }
  }
  CSS.highlights.set('found', new Highlight(...all))
  CSS.highlights.set('found-here', new Highlight(...here))
}

export function clearMarks(): void {
  if (typeof Highlight === 'undefined') return
  CSS.highlights.delete('found')
  CSS.highlights.delete('found-here')
}
