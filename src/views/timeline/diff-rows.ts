// The lines of a diff as rows of a table: single lines or pairs, folds where nothing changed, headings where they say more.
import { type Diff, type DiffHunk, type DiffLine, pairLines } from '../../timeline/diff-hunks.ts'
import { hunkHeading } from '../../timeline/hunk-heading.ts'

type DiffRow =
  | { kind: 'fold'; key: string; hunk: string; lines: number }
  /** Between two edits of one call, whose places in the file are apart. */
  | { kind: 'gap'; key: string }
  /** What the lines after it stand in: "@@ receiveBooking". */
  | { kind: 'heading'; key: string; name: string }
  | { kind: 'line'; key: string; line: DiffLine }
  | { kind: 'pair'; key: string; left: DiffLine | null; right: DiffLine | null }

/** `opened`: keys of the folds that were opened, or all of them. */
export function diffRows(diff: Diff, { sides, opened }: { sides: boolean; opened: ReadonlySet<string> | 'all' }): DiffRow[] {
  const rows: DiffRow[] = []
  let edit: string | null = null
  let heading: string | null = null
  for (const hunk of diff.hunks) {
    const of = editOf(hunk)
    if (edit !== null && edit !== of) rows.push({ kind: 'gap', key: `${hunk.key}:gap` })
    const name = hunk.folded ? null : headingOf(diff, hunk)
    if (name !== null && (name !== heading || edit !== of)) rows.push({ kind: 'heading', key: `${hunk.key}:heading`, name })
    if (name !== null) heading = name
    edit = of
    if (hunk.folded && opened !== 'all' && !opened.has(hunk.key)) rows.push({ kind: 'fold', key: hunk.key, hunk: hunk.key, lines: hunk.lines.length })
    else if (sides) pairLines(hunk.lines).forEach(({ left, right }, at) => rows.push({ kind: 'pair', key: `${hunk.key}:${at}`, left, right }))
    else hunk.lines.forEach((line, at) => rows.push({ kind: 'line', key: `${hunk.key}:${at}`, line }))
  }
  return rows
}

/** Keys of several edits in one call are "edit.hunk". */
const editOf = (hunk: DiffHunk) => (hunk.key.includes('.') ? hunk.key.split('.')[0]! : '')

/** Of a new file all is new, and its names stand in its lines. */
function headingOf(diff: Diff, hunk: DiffHunk): string | null {
  const hunks = diff.hunks.filter((each) => editOf(each) === editOf(hunk))
  const lines = hunks.flatMap((each) => each.lines)
  return lines.every((line) => line.kind === 'added') ? null : hunkHeading(lines, lines.indexOf(hunk.lines[0]!))
}
