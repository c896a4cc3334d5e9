// The order of the session list: what needs someone first, then by workspace, the newest on top. Pure.
import type { SessionRow } from '#protocol'

type SessionGroup = { key: string; kind: 'needs-someone' | 'workspace'; workspaceId: string | null; ids: readonly string[] }
export type Arrangement = readonly SessionGroup[]

const needsSomeone = (row: SessionRow) => row.state === 'waiting'
const byNews = (a: SessionRow, b: SessionRow) => b.updated_at - a.updated_at || (a.session_id < b.session_id ? -1 : 1)

/** `workspaceIds`: in the order they are shown; sessions of others come after them. */
export function arrangeSessions(rows: Iterable<SessionRow>, workspaceIds: readonly string[]): Arrangement {
  const sorted = [...rows].filter((row) => !row.archived).sort(byNews)
  const waiting = sorted.filter(needsSomeone)
  const others = sorted.filter((row) => !needsSomeone(row))
  const order = [...new Set([...workspaceIds, ...others.map((row) => row.workspace_id)])]
  const groups: SessionGroup[] = waiting.length > 0 ? [{ key: 'needs-someone', kind: 'needs-someone', workspaceId: null, ids: idsOf(waiting) }] : []
  for (const workspaceId of order) {
    const ids = idsOf(others.filter((row) => row.workspace_id === workspaceId))
    if (ids.length > 0) groups.push({ key: `workspace:${workspaceId}`, kind: 'workspace', workspaceId, ids })
  }
  return groups
}

const idsOf = (rows: readonly SessionRow[]) => rows.map((row) => row.session_id)

/** While the pointer is over the list nothing changes its place: what is gone leaves, what is new comes last. Only what `isWanted`, one's own or on the screen, comes on top. */
export function keepArrangement(before: Arrangement, fresh: Arrangement, isWanted: (id: string) => boolean): Arrangement {
  const present = new Set(fresh.flatMap((group) => group.ids))
  const kept = before.map((group) => ({ ...group, ids: group.ids.filter((id) => present.has(id)) }))
  const placed = new Set(kept.flatMap((group) => group.ids))
  for (const group of fresh) {
    const added = group.ids.filter((id) => !placed.has(id))
    if (added.length === 0) continue
    const home = kept.find((each) => each.key === group.key)
    if (home) home.ids = [...added.filter(isWanted), ...home.ids, ...added.filter((id) => !isWanted(id))]
    else kept.splice(added.some(isWanted) ? fresh.indexOf(group) : kept.length, 0, { ...group, ids: added })
  }
  return kept.filter((group) => group.ids.length > 0)
}
