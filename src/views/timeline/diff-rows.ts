// The lines of a diff as rows of a table: single lines or pairs, folds where nothing changed.
import { type Diff, type DiffLine, pairLines } from '../../timeline/diff-hunks.ts'

type DiffRow =
  | { kind: 'fold'; key: string; hunk: string; lines: number }
  /** Between two edits of one call, whose places in the file are apart. */
  | { kind: 'gap'; key: string }
  | { kind: 'line'; key: string; line: DiffLine }
  | { kind: 'pair'; key: string; left: DiffLine | null; right: DiffLine | null }

/** `opened`: keys of the folds that were opened, or all of them. */
export function diffRows(diff: Diff, { sides, opened }: { sides: boolean; opened: ReadonlySet<string> | 'all' }): DiffRow[] {
  const rows: DiffRow[] = []
  let edit: string | null = null
  for (const hunk of diff.hunks) {
    // Keys of several edits in one call are "edit.hunk".
    const of = hunk.key.includes('.') ? hunk.key.split('.')[0]! : ''
    if (edit !== null && edit !== of) rows.push({ kind: 'gap', key: `${hunk.key}:gap` })
    edit = of
    if (hunk.folded && opened !== 'all' && !opened.has(hunk.key)) rows.push({ kind: 'fold', key: hunk.key, hunk: hunk.key, lines: hunk.lines.length })
    else if (sides) pairLines(hunk.lines).forEach(({ left, right }, at) => rows.push({ kind: 'pair', key: `${hunk.key}:${at}`, left, right }))
    else hunk.lines.forEach((line, at) => rows.push({ kind: 'line', key: `${hunk.key}:${at}`, line }))
  }
  return rows
}
