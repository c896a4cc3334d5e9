// The change that a call of a tool makes, as it is drawn: of one edit, or of several one after the other.
import { changesOf } from './describe-tool.ts'
import { type Diff, diffOfEdit } from './diff-hunks.ts'
import type { ToolPart } from './timeline.ts'

/** Null for calls that change no file. */
export function diffOfTool(part: Pick<ToolPart, 'tool' | 'input' | 'editInfo'>): Diff | null {
  const diffs = changesOf(part).map((info) => diffOfEdit(info)!)
  if (diffs.length <= 1) return diffs[0] ?? null
  return {
    added: diffs.reduce((sum, diff) => sum + diff.added, 0),
    removed: diffs.reduce((sum, diff) => sum + diff.removed, 0),
    hunks: diffs.flatMap((diff, at) => diff.hunks.map((hunk) => ({ ...hunk, key: `${at}.${hunk.key}` }))),
    rough: diffs.some((diff) => diff.rough),
    everywhere: diffs.some((diff) => diff.everywhere),
  }
}
