// Which session the bare address leads to. Pure.
import type { SessionRow } from '#protocol'

/** `last`: the one that was open last; when it is gone or put away, the newest. Null: there is none. */
export function chooseSession(rows: ReadonlyMap<string, Pick<SessionRow, 'archived' | 'updated_at'>>, last: string | null): string | null {
  if (last !== null && rows.get(last)?.archived === false) return last
  const [newest] = [...rows].filter(([, row]) => !row.archived).sort(([, a], [, b]) => b.updated_at - a.updated_at)
  return newest?.[0] ?? null
}
