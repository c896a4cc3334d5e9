// Which session the bare address leads to. Pure.
import type { SessionRow, UserCard } from '#protocol'

type Row = Pick<SessionRow, 'archived' | 'updated_at' | 'visibility' | 'people'>

/**
 * `last`: the one that was open last; when it is gone or put away, the newest. Null: there is none.
 * What an admin may see for being one alone is nowhere that anybody meant to go.
 */
export function chooseSession(rows: ReadonlyMap<string, Row>, last: string | null, me: Pick<UserCard, 'name' | 'role'> | null): string | null {
  const takesPart = ({ people }: Row) => me?.role !== 'admin' || people.includes(me.name)
  const before = last === null ? undefined : rows.get(last)
  if (before?.archived === false && (before.visibility === 'workspace' || takesPart(before))) return last
  const [newest] = [...rows].filter(([, row]) => !row.archived && takesPart(row)).sort(([, a], [, b]) => b.updated_at - a.updated_at)
  return newest?.[0] ?? null
}
