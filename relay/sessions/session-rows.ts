// Reads sessions: one row, the page of a list, what is unread, who is in it. Only what the asker may see leaves a list.
import { effectiveRole, Refused, sessionChannel, type SessionRole, type SessionRow, type SessionsPage } from '#protocol'
import { belongsToWorkspace, type Identity } from '../auth/auth.ts'
import type { Param, Storage } from '../storage/storage.ts'
import { listFields, recordOf, searchKey, sessionColumns, type SessionDbRow, type SessionRecord, sessionTables } from './session-record.ts'

/** What somebody who comes back would want to read; spelled as in the index `events_to_read`, which is used only then. */
const readableTypes = "'message', 'claude_response', 'permission_request'"
const maxUnread = 100
const defaultLimit = 50
const maxLimit = 200

export type SessionsQuery = {
  workspaceId?: string | null
  /** Searched for in titles. */
  q?: string | null
  archived?: boolean
  limit?: number | null
  cursor?: string | null
}

type Granted = { granted: SessionRole | null; read_seq: number | null; removed_folder: string | null }

/**
 * A participant who was not removed, or a member of the workspace in which the session is visible. Speaks of sessions `s`, their workspaces `w`
 * and, joined for the asker, participants `p`; takes the asker's id twice.
 */
export const visibleToUser = `(
  (p.user_id IS NOT NULL AND p.removed_at IS NULL)
  OR (p.user_id IS NULL AND s.visibility = 'workspace' AND w.removed_at IS NULL AND ${belongsToWorkspace()}))`

/** Where a page ends: the time and id of its last row, opaque to whoever holds it. */
const encodeCursor = ({ updatedAt, id }: SessionDbRow) => Buffer.from(`${updatedAt}:${id}`).toString('base64url')

function decodeCursor(text: string): [number, string] {
  const match = /^(\d{1,16}):(.+)$/.exec(Buffer.from(text, 'base64url').toString())
  if (!match) throw new Refused('VALIDATION', 'cursor: not one of this list')
  return [Number(match[1]), match[2]!]
}

const likeText = (q: string) => `%${searchKey(q).replace(/[\\%_]/g, (each) => `\\${each}`)}%`

export type SessionRows = ReturnType<typeof createSessionRows>

export function createSessionRows({ storage, trusted }: { storage: Pick<Storage, 'query'>; trusted: (workspaceId: string) => Promise<boolean> }) {
  /** Also one that is in the trash. */
  async function read(sessionId: string): Promise<SessionRecord | null> {
    const [row] = await storage.query<SessionDbRow>(`SELECT ${sessionColumns} FROM ${sessionTables} WHERE s.id = ?`, [sessionId])
    return row ? recordOf(row) : null
  }

  /** null: never looked at, and not theirs. */
  async function unread(sessionId: string, readSeq: number | null, participant: boolean): Promise<number | null> {
    if (readSeq === null && !participant) return null
    const sql = `SELECT COUNT(*) AS count FROM (SELECT 1 FROM events WHERE channel = ? AND seq > ? AND type IN (${readableTypes}) LIMIT ${maxUnread}) AS missed`
    const [row] = await storage.query<{ count: number }>(sql, [sessionChannel(sessionId), readSeq ?? 0])
    return row!.count
  }

  async function namesIn(sessionIds: string[]): Promise<Map<string, string[]>> {
    const names = new Map<string, string[]>()
    if (sessionIds.length === 0) return names
    const sql = `SELECT p.session_id, u.name FROM participants p JOIN users u ON u.id = p.user_id
      WHERE p.session_id IN (${sessionIds.map(() => '?').join(', ')}) AND p.removed_at IS NULL AND u.deleted_at IS NULL ORDER BY p.hue`
    for (const { session_id, name } of await storage.query<{ session_id: string; name: string }>(sql, sessionIds)) {
      names.set(session_id, [...(names.get(session_id) ?? []), name])
    }
    return names
  }

  async function shown(row: SessionDbRow & Granted, who: Identity, people: string[]): Promise<SessionRow> {
    return {
      ...listFields(recordOf(row), await trusted(row.workspaceId)),
      role: effectiveRole(row.granted ?? 'collaborator', who.role)!,
      unread: await unread(row.id, row.read_seq, row.granted !== null),
      people,
      ...(row.removed_folder !== null && { removed_folder: row.removed_folder }),
    }
  }

  const rowSql = `SELECT ${sessionColumns}, CASE WHEN p.removed_at IS NULL THEN p.role END AS granted, r.read_seq,
      CASE WHEN w.removed_at IS NOT NULL THEN w.name END AS removed_folder FROM ${sessionTables}
    JOIN workspaces w ON w.id = s.workspace_id
    LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ?
    LEFT JOIN reads r ON r.session_id = s.id AND r.user_id = ?`

  return {
    read,
    /** One session as the asker's list shows it; the caller has checked that the asker may read it. */
    async row(who: Identity, sessionId: string): Promise<SessionRow | null> {
      const [row] = await storage.query<SessionDbRow & Granted>(`${rowSql} WHERE s.id = ?`, [who.userId, who.userId, sessionId])
      return row ? shown(row, who, (await namesIn([sessionId])).get(sessionId) ?? []) : null
    },
    async list(who: Identity, query: SessionsQuery): Promise<SessionsPage> {
      const conditions = ['s.deleted_at IS NULL', query.archived ? 's.archived_at IS NOT NULL' : 's.archived_at IS NULL']
      const params: Param[] = []
      const isAdmin = who.role === 'admin'
      if (!isAdmin) {
        conditions.push(visibleToUser)
        params.push(who.userId, who.userId)
      }
      if (query.workspaceId) {
        conditions.push('s.workspace_id = ?')
        params.push(query.workspaceId)
      }
      if (query.q?.trim()) {
        conditions.push("s.title_key LIKE ? ESCAPE '\\'")
        params.push(likeText(query.q.trim()))
      }
      const limit = Math.min(Math.max(1, query.limit ?? defaultLimit), maxLimit)
      const where = conditions.join(' AND ')
      // Who takes part need not be looked up for admins: they see all of them.
      const joined = isAdmin ? '' : 'JOIN workspaces w ON w.id = s.workspace_id LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ?'
      const [count] = await storage.query<{ total: number }>(`SELECT COUNT(*) AS total FROM sessions s ${joined} WHERE ${where}`, [...(isAdmin ? [] : [who.userId]), ...params])
      const after = query.cursor ? decodeCursor(query.cursor) : []
      const pageSql = `${rowSql} WHERE ${where}${query.cursor ? ' AND (s.updated_at, s.id) < (?, ?)' : ''} ORDER BY s.updated_at DESC, s.id DESC LIMIT ?`
      const rows = await storage.query<SessionDbRow & Granted>(pageSql, [who.userId, who.userId, ...params, ...after, limit + 1])
      const page = rows.slice(0, limit)
      const names = await namesIn(page.map(({ id }) => id))
      const sessions = await Promise.all(page.map((row) => shown(row, who, names.get(row.id) ?? [])))
      const next = rows.length > limit ? encodeCursor(page.at(-1)!) : null
      return { sessions, total: count!.total, next }
    },
    /** How far somebody has read; 0 before their first look. */
    async readSeq(userId: string, sessionId: string): Promise<number> {
      const [row] = await storage.query<{ read_seq: number }>('SELECT read_seq FROM reads WHERE user_id = ? AND session_id = ?', [userId, sessionId])
      return row?.read_seq ?? 0
    },
  }
}
