// All sessions of the relay for whoever runs it: found by title or owner, with how much each has written.
import type { SessionsOverview, SessionsOverviewQuery } from '#protocol'
import type { Claude } from '../claude/claude.ts'
import { containing, createCursor, LIKE, type Param, type Storage } from '../storage/storage.ts'

type Row = { id: string; title: string; state: string; visibility: string; ownerId: string; ownerName: string; workspaceId: string; workspaceName: string; createdAt: number; updatedAt: number; archivedAt: number | null; events: number | null }

const defaultLimit = 50

const pageEnd = createCursor('all-sessions', 'number', 'text')

const sought = (q: string) => containing(q.normalize('NFKC').toLowerCase())

export function createSessionsOverview({ storage, claude }: { storage: Pick<Storage, 'query'>; claude: Pick<Claude, 'processes'> }) {
  return async function overview(query: SessionsOverviewQuery): Promise<SessionsOverview> {
    const conditions = ['s.deleted_at IS NULL', query.archived === 'true' ? 's.archived_at IS NOT NULL' : 's.archived_at IS NULL']
    const params: Param[] = []
    const where = (condition: string, ...values: Param[]) => {
      conditions.push(condition)
      params.push(...values)
    }
    const q = query.q?.trim()
    if (q) where(`(s.title_key ${LIKE} OR s.owner_id IN (SELECT id FROM users WHERE name_key ${LIKE}))`, sought(q), sought(q))
    if (query.state) where('s.state = ?', query.state)
    if (query.workspace_id) where('s.workspace_id = ?', query.workspace_id)
    if (query.owner_id) where('s.owner_id = ?', query.owner_id)
    const which = `WHERE ${conditions.join(' AND ')}`
    const [count] = await storage.query<{ total: number }>(`SELECT COUNT(*) AS total FROM sessions s ${which}`, params)
    const limit = query.limit ?? defaultLimit
    const after = pageEnd.read(query.cursor)
    // A session's log is never trimmed, so its highest number is how much it holds: no event need be counted.
    const sql = `SELECT s.id, s.title, s.state, s.visibility, u.id AS ownerId, u.name AS ownerName, w.id AS workspaceId, w.name AS workspaceName,
      s.created_at AS createdAt, s.updated_at AS updatedAt, s.archived_at AS archivedAt, (SELECT seq FROM tops WHERE channel = 'session:' || s.id) AS events
      FROM sessions s JOIN users u ON u.id = s.owner_id JOIN workspaces w ON w.id = s.workspace_id ${which}${after ? ' AND (s.updated_at, s.id) < (?, ?)' : ''} ORDER BY s.updated_at DESC, s.id DESC LIMIT ?`
    const rows = await storage.query<Row>(sql, [...params, ...(after ?? []), limit + 1])
    const page = rows.slice(0, limit)
    const running = new Map(claude.processes().map(({ sessionId, id }) => [sessionId, id]))
    const sessions = page.map((row) => ({
      id: row.id,
      title: row.title,
      state: row.state as SessionsOverview['sessions'][number]['state'],
      visibility: row.visibility as SessionsOverview['sessions'][number]['visibility'],
      owner: { id: row.ownerId, name: row.ownerName },
      workspace: { id: row.workspaceId, name: row.workspaceName },
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      archived: row.archivedAt !== null,
      events: row.events ?? 0,
      process_id: running.get(row.id),
    }))
    return { sessions, total: count!.total, next: rows.length > limit ? pageEnd.write(page.at(-1)!.updatedAt, page.at(-1)!.id) : null }
  }
}
