// What of a growing answer can be said aloud: whole sentences, without the marks of Markdown, code left out.

/** The end of a sentence: its mark, what closes it, then space. A number or an abbreviation with a full stop is no end when a small letter follows. */
const END = /[.!?…。！？][)"'”’»]*(?=\s+(?![a-z])|$)/gu

/** The last whole sentence after `from`, and where it ends; null while none is complete. `from` and `end` are positions in `text`. */
export function nextSentence(text: string, from: number): { words: string; end: number } | null {
  const rest = text.slice(from)
  const prose = rest.replace(/(^|\n)(`{3,}|~{3,})[\s\S]*?(?:\n\2|$)/g, (block) => ' '.repeat(block.length))
  const ends = [...prose.matchAll(END)].map((match) => match.index + match[0].length).filter((end) => /\S/.test(prose.slice(end)) || rest.length > end)
  const end = ends.at(-1)
  if (end === undefined) return null
  const start = ends.at(-2) ?? 0
  const words = plainWords(prose.slice(start, end))
  return words === '' ? null : { words, end: from + end }
}

function plainWords(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:#{1,6}|[-*+>]|\d+[.)])\s+/gm, '')
    .replace(/[*_`~|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
