// Which session a divider says that this one was forked from, for a reader who sees that one. Pure.
import type { SessionRow } from '#protocol'
import type { DividerItem } from '../../timeline/timeline.ts'

/** Null: it is no fork, or the original is none of those in `rows`, the reader's list. */
export function originalOf({ code, args: { from } }: Pick<DividerItem, 'code' | 'args'>, rows: ReadonlyMap<string, Pick<SessionRow, 'title'>>): { id: string; title: string } | null {
  const row = code === 'forked' && typeof from === 'string' ? rows.get(from) : undefined
  return row ? { id: String(from), title: row.title } : null
}
