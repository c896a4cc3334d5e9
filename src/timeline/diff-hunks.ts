// Before and after of an edit as lines, folds and pairs, ready to be drawn inline or side by side.
import { diffArrays } from 'diff'
import type { EditInfo } from '#protocol'
import { type DiffSpan, diffWords, plainSpans } from './diff-words.ts'

export type { DiffSpan } from './diff-words.ts'
/** `old` and `new` are line numbers of the file, null on the side where the line is not, or when they are not known. */
export type DiffLine = {
  kind: 'same' | 'added' | 'removed'
  old: number | null
  new: number | null
  text: string
  spans: readonly DiffSpan[]
}
/** `folded`: lines nobody needs to see until they ask ("18 lines unchanged"). */
export type DiffHunk = { key: string; folded: boolean; lines: readonly DiffLine[] }
export type Diff = {
  added: number
  removed: number
  hunks: readonly DiffHunk[]
  /** Too large to compare line by line: all of the old, then all of the new. */
  rough: boolean
  /** The edit was made at every place where the text stood; this is one of them. */
  everywhere: boolean
}
/** One row of the side-by-side view. */
export type DiffPair = { left: DiffLine | null; right: DiffLine | null }

const CONTEXT_LINES = 3
/** A fold that hides less than this is longer than what it hides. */
const LEAST_FOLDED = 4
const MOST_EDITS = 800
const MOST_LINES = 20_000
const MOST_LINES_WITH_WORDS = 240

/** The diff of an Edit or a Write; null for a todo list. A Write has no before: everything is added. */
export function diffOfEdit(info: EditInfo): Diff | null {
  if (info.type === 'todo') return null
  if (info.type === 'write') return diffTexts('', info.content, { startLine: 1 })
  const diff = diffTexts(info.old_string, info.new_string, { startLine: info.start_line ?? null })
  return info.replace_all ? { ...diff, everywhere: true } : diff
}

/** `startLine`: where both texts begin in the file, from 1; null when unknown. */
export function diffTexts(before: string, after: string, options: { startLine: number | null }): Diff {
  const bothEnd = (before === '' || before.endsWith('\n')) && (after === '' || after.endsWith('\n'))
  const { rough, changes } = compare(linesOf(before, bothEnd), linesOf(after, bothEnd))
  const lines = numbered(changes, options.startLine)
  const added = lines.filter((line) => line.kind === 'added').length
  const removed = lines.filter((line) => line.kind === 'removed').length
  if (!rough && added + removed <= MOST_LINES_WITH_WORDS) markWords(lines)
  return { added, removed, hunks: fold(lines), rough, everywhere: false }
}

function linesOf(text: string, dropLast: boolean): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (dropLast) lines.pop()
  return lines
}

type Change = { kind: DiffLine['kind']; text: string }

function compare(before: string[], after: string[]): { rough: boolean; changes: Change[] } {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const old = before.slice(head, before.length - tail)
  const fresh = after.slice(head, after.length - tail)
  const as = (kind: DiffLine['kind']) => (text: string) => ({ kind, text })
  const tooLong = old.length + fresh.length > MOST_LINES
  const parts = old.length === 0 || fresh.length === 0 || tooLong ? undefined : diffArrays(old, fresh, { maxEditLength: MOST_EDITS })
  const middle = parts
    ? parts.flatMap((part) => part.value.map(as(part.added ? 'added' : part.removed ? 'removed' : 'same')))
    : [...old.map(as('removed')), ...fresh.map(as('added'))]
  const rough = parts === undefined && old.length > 0 && fresh.length > 0
  return { rough, changes: [...before.slice(0, head).map(as('same')), ...middle, ...before.slice(before.length - tail).map(as('same'))] }
}

function numbered(changes: readonly Change[], startLine: number | null): DiffLine[] {
  let old = startLine ?? 0
  let fresh = startLine ?? 0
  return changes.map(({ kind, text }) => {
    const line: DiffLine = {
      kind,
      old: startLine === null || kind === 'added' ? null : old,
      new: startLine === null || kind === 'removed' ? null : fresh,
      text,
      spans: plainSpans(text),
    }
    if (kind !== 'added') old++
    if (kind !== 'removed') fresh++
    return line
  })
}

/** Within each run of changes the first removed line is compared with the first added one, and so on. */
function markWords(lines: DiffLine[]) {
  for (const { removed, added } of runs(lines)) {
    for (let at = 0; at < Math.min(removed.length, added.length); at++) {
      const [left, right] = [lines[removed[at]!]!, lines[added[at]!]!]
      const words = diffWords(left.text, right.text)
      if (!words) continue
      lines[removed[at]!] = { ...left, spans: words.removed }
      lines[added[at]!] = { ...right, spans: words.added }
    }
  }
}

/** Indices of the removed and added lines of each unbroken run of changes. */
function runs(lines: readonly DiffLine[]): { removed: number[]; added: number[] }[] {
  const all: { removed: number[]; added: number[] }[] = []
  let run: { removed: number[]; added: number[] } | null = null
  lines.forEach((line, at) => {
    if (line.kind === 'same') {
      run = null
      return
    }
    if (!run) all.push((run = { removed: [], added: [] }))
    run[line.kind].push(at)
  })
  return all
}

function fold(lines: readonly DiffLine[]): DiffHunk[] {
  const shown = new Array<boolean>(lines.length).fill(false)
  lines.forEach((line, at) => {
    if (line.kind === 'same') return
    for (let near = Math.max(0, at - CONTEXT_LINES); near <= Math.min(lines.length - 1, at + CONTEXT_LINES); near++) shown[near] = true
  })
  const stretches: { folded: boolean; lines: DiffLine[] }[] = []
  lines.forEach((line, at) => {
    const last = stretches.at(-1)
    if (last && last.folded === !shown[at]) last.lines.push(line)
    else stretches.push({ folded: !shown[at], lines: [line] })
  })
  const hunks: { folded: boolean; lines: DiffLine[] }[] = []
  for (const stretch of stretches) {
    const folded = stretch.folded && stretch.lines.length >= LEAST_FOLDED
    const last = hunks.at(-1)
    if (!folded && last && !last.folded) last.lines.push(...stretch.lines)
    else hunks.push({ folded, lines: stretch.lines })
  }
  return hunks.map((hunk, at) => ({ key: `h${at}`, ...hunk }))
}

/** Rows of the side-by-side view of a stretch of lines: changed lines stand beside what they replaced. */
export function pairLines(lines: readonly DiffLine[]): DiffPair[] {
  const pairs: DiffPair[] = []
  let removed: DiffLine[] = []
  let added: DiffLine[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) pairs.push({ left: removed[at] ?? null, right: added[at] ?? null })
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.kind === 'removed') removed.push(line)
    else if (line.kind === 'added') added.push(line)
    else {
      flush()
      pairs.push({ left: line, right: line })
    }
  }
  flush()
  return pairs
}
