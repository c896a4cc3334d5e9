// Which lines of a text were added, removed or stayed. How they are drawn is another matter: `diff-hunks.ts`.
import { diffArrays } from 'diff/lib/diff/array.js'

export type Change = { kind: 'same' | 'added' | 'removed'; text: string }

const MOST_EDITS = 800
const MOST_LINES = 20_000

/** `rough`: too large to compare line by line; all of the old, then all of the new. */
export function compareTexts(before: string, after: string): { rough: boolean; changes: Change[] } {
  const bothEnd = (before === '' || before.endsWith('\n')) && (after === '' || after.endsWith('\n'))
  return compare(linesOf(before, bothEnd), linesOf(after, bothEnd))
}

function linesOf(text: string, dropLast: boolean): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (dropLast) lines.pop()
  return lines
}

function compare(before: string[], after: string[]): { rough: boolean; changes: Change[] } {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const old = before.slice(head, before.length - tail)
  const fresh = after.slice(head, after.length - tail)
  const as = (kind: Change['kind']) => (text: string) => ({ kind, text })
  const tooLong = old.length + fresh.length > MOST_LINES
  const parts = old.length === 0 || fresh.length === 0 || tooLong ? undefined : diffArrays(old, fresh, { maxEditLength: MOST_EDITS })
  const middle = parts
    ? parts.flatMap((part) => part.value.map(as(part.added ? 'added' : part.removed ? 'removed' : 'same')))
    : [...old.map(as('removed')), ...fresh.map(as('added'))]
  const rough = parts === undefined && old.length > 0 && fresh.length > 0
  return { rough, changes: [...before.slice(0, head).map(as('same')), ...middle, ...before.slice(before.length - tail).map(as('same'))] }
}
