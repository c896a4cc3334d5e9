// Reads sessions: one row, the page of a list, what is unread, who is in it. Only what the asker may see leaves a list.
import { effectiveRole, sessionChannel, type SessionRole, type SessionRow, type SessionsPage } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { containing, createCursor, LIKE, type Param, type Storage } from '../storage/storage.ts'
import { listFields, recordOf, searchKey, sessionColumns, type SessionDbRow, type SessionRecord, sessionTables } from './session-record.ts'
import { listingOf, type Part } from './visible-sessions.ts'

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
  /** The trash in its place, archived or not. */
  deleted?: boolean
  limit?: number | null
  cursor?: string | null
}

type Granted = { granted: SessionRole | null; read_seq: number | null; removed_folder: string | null; folder: string; folder_name: string }

const pageEnd = createCursor('sessions', 'number', 'text')

export type SessionRows = ReturnType<typeof createSessionRows>

export function createSessionRows({ storage, trusted, isThere }: { storage: Pick<Storage, 'query'>; trusted: (workspaceId: string) => Promise<boolean>; isThere: (path: string) => boolean }) {
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

  async function shown(row: SessionDbRow & Granted, who: Identity, people: string[], there: boolean): Promise<SessionRow> {
    const record = recordOf(row)
    return {
      ...listFields(record, await trusted(row.workspaceId)),
      role: effectiveRole(row.granted ?? 'collaborator', who.role)!,
      unread: await unread(row.id, row.read_seq, row.granted !== null),
      people,
      ...(row.removed_folder !== null && { removed_folder: row.removed_folder }),
      ...(row.removed_folder === null && !there && { missing_folder: row.folder_name }),
      ...(record.deletedAt !== null && { deleted_at: record.deletedAt }),
    }
  }

  const rowSql = `SELECT ${sessionColumns}, CASE WHEN p.removed_at IS NULL THEN p.role END AS granted, r.read_seq,
      CASE WHEN w.removed_at IS NOT NULL THEN w.name END AS removed_folder, w.path AS folder, w.name AS folder_name FROM ${sessionTables}
    JOIN workspaces w ON w.id = s.workspace_id
    LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ?
    LEFT JOIN reads r ON r.session_id = s.id AND r.user_id = ?`

  return {
    read,
    /** One session as the asker's list shows it; the caller has checked that the asker may read it. */
    async row(who: Identity, sessionId: string): Promise<SessionRow | null> {
      const [row] = await storage.query<SessionDbRow & Granted>(`${rowSql} WHERE s.id = ?`, [who.userId, who.userId, sessionId])
      return row ? shown(row, who, (await namesIn([sessionId])).get(sessionId) ?? [], isThere(row.folder)) : null
    },
    async list(who: Identity, query: SessionsQuery): Promise<SessionsPage> {
      const { time, first, count } = listingOf(who, query.deleted ? 'trash' : 'sessions')
      const conditions = query.deleted ? ['1 = 1'] : [query.archived ? 's.archived_at IS NOT NULL' : 's.archived_at IS NULL']
      const params: Param[] = []
      const where = (condition: string, ...values: Param[]) => {
        conditions.push(condition)
        params.push(...values)
      }
      const only = (): Part => ({ sql: conditions.join(' AND '), params: [...params] })
      if (query.workspaceId) where('s.workspace_id = ?', query.workspaceId)
      const q = query.q?.trim()
      if (q) where(`s.title_key ${LIKE}`, containing(searchKey(q)))
      const counting = count(only())
      const [all] = await storage.query<{ total: number }>(counting.sql, counting.params)
      const after = pageEnd.read(query.cursor)
      if (after) where(`(s.${time}, s.id) < (?, ?)`, ...after)
      const limit = Math.min(Math.max(1, query.limit ?? defaultLimit), maxLimit)
      const which = first(only(), limit + 1)
      const pageSql = `${rowSql} WHERE ${which.sql} ORDER BY s.${time} DESC, s.id DESC LIMIT ?`
      const rows = await storage.query<SessionDbRow & Granted>(pageSql, [who.userId, who.userId, ...which.params, limit + 1])
      const page = rows.slice(0, limit)
      const names = await namesIn(page.map(({ id }) => id))
      const there = new Map([...new Set(page.map(({ folder }) => folder))].map((folder) => [folder, isThere(folder)]))
      const sessions = await Promise.all(page.map((row) => shown(row, who, names.get(row.id) ?? [], there.get(row.folder)!)))
      const last = page.at(-1)
      const lastAt = time === 'deleted_at' ? last?.deletedAt : last?.updatedAt
      return { sessions, total: all!.total, next: last && rows.length > limit ? pageEnd.write(lastAt!, last.id) : null }
    },
    /** How far somebody has read; 0 before their first look. */
    async readSeq(userId: string, sessionId: string): Promise<number> {
      const [row] = await storage.query<{ read_seq: number }>('SELECT read_seq FROM reads WHERE user_id = ? AND session_id = ?', [userId, sessionId])
      return row?.read_seq ?? 0
    },
  }
}
