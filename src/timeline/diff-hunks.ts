// Before and after of an edit as lines, folds and pairs, ready to be drawn inline or side by side.
import type { EditInfo } from '#protocol'
import { compareTexts, type Change } from './compare-lines.ts'
import { type DiffSpan, diffWords, plainSpans } from './diff-words.ts'

export type { DiffSpan } from './diff-words.ts'
/** `old` and `new` are line numbers of the file, null on the side where the line is not, or when they are not known. */
export type DiffLine = {
  kind: Change['kind']
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
  const { rough, changes } = compareTexts(before, after)
  const lines = numbered(changes, options.startLine)
  const added = lines.filter((line) => line.kind === 'added').length
  const removed = lines.filter((line) => line.kind === 'removed').length
  if (!rough && added + removed <= MOST_LINES_WITH_WORDS) markWords(lines)
  return { added, removed, hunks: fold(lines), rough, everywhere: false }
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
