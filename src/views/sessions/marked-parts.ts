// A snippet as parts, marked or not, by the ranges that the relay has found.

export type SnippetPart = { text: string; marked: boolean }

/** `marks`: from and up to, in UTF-16 units; what does not fit the text is passed over. */
export function markedParts(text: string, marks: readonly { from: number; to: number }[]): SnippetPart[] {
  const parts: SnippetPart[] = []
  let at = 0
  for (const { from, to } of marks) {
    if (from < at || to <= from || to > text.length) continue
    if (from > at) parts.push({ text: text.slice(at, from), marked: false })
    parts.push({ text: text.slice(from, to), marked: true })
    at = to
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), marked: false })
  return parts
}
