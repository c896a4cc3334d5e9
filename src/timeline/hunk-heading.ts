// What a hunk of a diff is in: the name of the function or type that it stands in, as far as its lines show it. Pure.
import type { DiffLine } from './diff-hunks.ts'

const BEFORE = String.raw`(?:(?:export|default|declare|public|private|protected|internal|static|async|override|abstract|final|unsafe|pub(?:\([^)]*\))?)\s+)*`
const NAMED = new RegExp(String.raw`^\s*${BEFORE}(?:function\*?|class|interface|enum|struct|trait|impl|def|func|fn|module|namespace)\s+(?:\([^)]*\)\s*)?([\w$.]+)`)
const ARROW = new RegExp(String.raw`^\s*${BEFORE}(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>)`)
const METHOD = new RegExp(String.raw`^\s+${BEFORE}(?:get\s+|set\s+)?([\w$]+)\s*\([^;]*\)\s*(?::\s*[^={]+)?\{\s*$`)
/** What a person reads as one. It goes back and forth over brackets, which takes minutes on a line of a minified file. */
const METHOD_LENGTH = 300
const NO_METHOD = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'return', 'function'])

/** `lines`: all of the edit; `from`: where its hunk begins. Null when nothing in sight names it. */
export function hunkHeading(lines: readonly DiffLine[], from: number): string | null {
  const first = lines.findIndex((line, at) => at >= from && line.kind !== 'same' && line.text.trim() !== '')
  if (first === -1) return null
  const depth = indentOf(lines[first]!.text)
  for (let at = first; at >= 0; at--) {
    const { text } = lines[at]!
    if (at !== first && indentOf(text) >= depth) continue
    const name = NAMED.exec(text)?.[1] ?? ARROW.exec(text)?.[1] ?? METHOD.exec(text.slice(0, METHOD_LENGTH))?.[1]
    if (name !== undefined && !NO_METHOD.has(name)) return name
  }
  return null
}

const indentOf = (text: string) => (text.trim() === '' ? Infinity : text.length - text.trimStart().length)
