// Lays two readings of one line over each other: which words changed, and which kind of word each is.
import type { DiffSpan } from '../../timeline/diff-words.ts'
import type { CodeSpan } from '../../ui/highlight-code.ts'

type MergedSpan = CodeSpan & { changed: boolean }

/** Cuts at the borders of both. When the colours do not spell the same text (it was made visible, or has not come yet) they are left out. */
export function mergeSpans(words: readonly DiffSpan[], colours: readonly CodeSpan[] | undefined): MergedSpan[] {
  const text = words.map((span) => span.text).join('')
  if (!colours || colours.map((span) => span.text).join('') !== text) return words.map((span) => ({ text: span.text, kind: '', changed: span.changed }))
  const merged: MergedSpan[] = []
  let word = 0
  let used = 0
  for (const colour of colours) {
    for (let at = 0; at < colour.text.length; ) {
      const span = words[word]!
      const take = Math.min(colour.text.length - at, span.text.length - used)
      if (take > 0) merged.push({ text: colour.text.slice(at, at + take), kind: colour.kind, changed: span.changed })
      at += take
      used += take
      if (used === span.text.length) {
        word++
        used = 0
      }
    }
  }
  return merged
}

/** Columns before the first letter: where wrapped text of this line hangs. */
export const indentOf = (text: string): number => {
  let columns = 0
  for (const char of text) {
    if (char === '\t') columns += 2 - (columns % 2)
    else if (char === ' ') columns++
    else break
  }
  // A line that is indented by more than half of a screen must not hang there.
  return Math.min(columns, 24)
}
