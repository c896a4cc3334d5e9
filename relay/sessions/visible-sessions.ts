// Which sessions somebody sees, counted and in the order of lists. By indexes alone: what others have for themselves is never
// looked at, however much it is. One's own are those in which one takes part; the rest is what one's workspaces show.
import { belongsToWorkspace, type Identity } from '../auth/auth.ts'
import type { Param } from '../storage/storage.ts'

/** SQL with what stands for its `?`, in their order. */
export type Part = { sql: string; params: Param[] }

/**
 * A participant who was not removed, or a member of the workspace in which the session is visible. Speaks of sessions `s`, their workspaces `w`
 * and, joined for the asker, participants `p`; takes the asker's id twice.
 */
export const visibleToUser = `(
  (p.user_id IS NOT NULL AND p.removed_at IS NULL)
  OR (p.user_id IS NULL AND s.visibility = 'workspace' AND w.removed_at IS NULL AND ${belongsToWorkspace()}))`

const inMyWorkspaces = `w.removed_at IS NULL AND ${belongsToWorkspace()}`
export const lastFirst = 'ORDER BY s.updated_at DESC, s.id DESC LIMIT ?'

/** Holds for sessions `s` that are the first `limit` of those that fit. `only` speaks of `s` as well. */
function firstOfVisible(userId: string, only: Part, limit: number): Part {
  // Each workspace gives its first ones, by its index; which of all they are is decided among these. CROSS JOIN: in this order.
  const own = `SELECT s.id, s.updated_at FROM participants p CROSS JOIN sessions s
    WHERE p.user_id = ? AND p.removed_at IS NULL AND s.id = p.session_id AND s.deleted_at IS NULL AND ${only.sql} ${lastFirst}`
  const first = `SELECT s.id FROM sessions s WHERE s.workspace_id = w.id AND s.visibility = 'workspace' AND s.deleted_at IS NULL AND ${only.sql}
    AND NOT EXISTS (SELECT 1 FROM participants p WHERE p.session_id = s.id AND p.user_id = ?) ${lastFirst}`
  const shared = `SELECT s.id, s.updated_at FROM workspaces w CROSS JOIN sessions s WHERE ${inMyWorkspaces} AND s.id IN (${first})`
  return {
    sql: `s.id IN (SELECT id FROM (SELECT id, updated_at FROM (${own}) AS own UNION ALL ${shared}) AS visible ORDER BY updated_at DESC, id DESC LIMIT ?)`,
    params: [userId, ...only.params, limit, userId, userId, ...only.params, userId, limit, limit],
  }
}

/** The same, archived or not: in the index the two lie apart. */
export function firstOfAny(userId: string, only: Part, limit: number): Part {
  const parts = ['s.archived_at IS NULL', 's.archived_at IS NOT NULL'].map((archived) => firstOfVisible(userId, { sql: `${archived} AND ${only.sql}`, params: only.params }, limit))
  return { sql: `(${parts.map(({ sql }) => sql).join(' OR ')})`, params: parts.flatMap(({ params }) => params) }
}

/** The ids of all that fit, at most `limit`, in no order. */
export function idsOfVisible(userId: string, only: Part, limit: number): Part {
  const own = `SELECT s.id FROM participants p CROSS JOIN sessions s WHERE p.user_id = ? AND p.removed_at IS NULL AND s.id = p.session_id AND s.deleted_at IS NULL AND ${only.sql}`
  const shared = `SELECT s.id FROM workspaces w CROSS JOIN sessions s WHERE ${inMyWorkspaces} AND s.workspace_id = w.id AND s.visibility = 'workspace' AND s.deleted_at IS NULL AND ${only.sql}
    AND NOT EXISTS (SELECT 1 FROM participants p WHERE p.session_id = s.id AND p.user_id = ?)`
  return { sql: `${own} UNION ALL ${shared} LIMIT ?`, params: [userId, ...only.params, userId, userId, ...only.params, userId, limit] }
}

/** Admins see all of them: the same two for these. */
export const thoseOfAll = (only: Part): Part => ({ sql: `s.deleted_at IS NULL AND ${only.sql}`, params: only.params })
const countOfAll = (only: Part): Part => ({ sql: `SELECT COUNT(*) AS total FROM sessions s WHERE s.deleted_at IS NULL AND ${only.sql}`, params: only.params })

/** How many fit, as `total`: what the workspaces show, less what of it one takes or took part in, and what one takes part in. */
function countOfVisible(userId: string, only: Part): Part {
  const shown = `SELECT COUNT(*) FROM workspaces w CROSS JOIN sessions s
    WHERE ${inMyWorkspaces} AND s.workspace_id = w.id AND s.visibility = 'workspace' AND s.deleted_at IS NULL AND ${only.sql}`
  const isShown = `s.visibility = 'workspace' AND s.workspace_id IN (SELECT w.id FROM workspaces w WHERE ${inMyWorkspaces})`
  const mine = `SELECT COALESCE(SUM(CASE WHEN p.removed_at IS NULL THEN 1 ELSE 0 END - CASE WHEN ${isShown} THEN 1 ELSE 0 END), 0)
    FROM participants p CROSS JOIN sessions s WHERE p.user_id = ? AND s.id = p.session_id AND s.deleted_at IS NULL AND ${only.sql}`
  return {
    sql: `SELECT (${shown}) + (${mine}) AS total`,
    params: [userId, userId, ...only.params, userId, userId, userId, ...only.params],
  }
}

const bringable = 's.deleted_at IS NOT NULL AND s.erasing_at IS NULL'
type Asker = Pick<Identity, 'userId' | 'role'>

/** In the trash, what the asker may bring back: an owner theirs, an admin all, somebody who is a viewer on the relay nothing. */
function inTrash({ userId, role }: Asker, only: Part): Part {
  if (role === 'viewer') return { sql: '1 = 0', params: [] }
  if (role === 'admin') return { sql: `${bringable} AND ${only.sql}`, params: only.params }
  const owned = "s.id IN (SELECT session_id FROM participants WHERE user_id = ? AND role = 'owner' AND removed_at IS NULL)"
  return { sql: `${bringable} AND ${owned} AND ${only.sql}`, params: [userId, ...only.params] }
}

/** What a list is made of: by which time its rows lie, the latest first, how its first ones are found, and how many there are. */
type Listing = { time: 'updated_at' | 'deleted_at'; first(only: Part, limit: number): Part; count(only: Part): Part }

export function listingOf(asker: Asker, of: 'sessions' | 'trash'): Listing {
  if (of === 'trash') {
    const count = ({ sql, params }: Part): Part => ({ sql: `SELECT COUNT(*) AS total FROM sessions s WHERE ${sql}`, params })
    return { time: 'deleted_at', first: (only) => inTrash(asker, only), count: (only) => count(inTrash(asker, only)) }
  }
  if (asker.role === 'admin') return { time: 'updated_at', first: thoseOfAll, count: countOfAll }
  return { time: 'updated_at', first: (only, limit) => firstOfVisible(asker.userId, only, limit), count: (only) => countOfVisible(asker.userId, only) }
}
