// Executions as people may see them: one with what was said in it, and lists of those in sessions that the asker may read.
import type { ExecutionDetail, ExecutionRow, ExecutionsPage, ExecutionsQuery } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { idsOfVisible, notFound, visibleToUser } from '../sessions/sessions.ts'
import { createCursor, type Param } from '../storage/storage.ts'
import type { Dependencies } from './dependencies.ts'
import { continuesOf, parsed } from './rows.ts'

const defaultLimit = 50
/** Whoever sees most of what runs finds a page among so many of the latest; whoever does not is asked about session by session. */
const maxLatest = 1_000
const maxSessions = 100_000
/** Of a prompt in a list. */
const shownChars = 500
/** What was said in one execution, at most; the events hold all of it. */
const maxMessages = 200
const maxMessageBytes = 512 * 1024

type HeldBy = NonNullable<ExecutionRow['held_by']>
type Held = { held_reason: HeldBy['reason'] | null; held_id: string | null; held_name: string | null }
type Row = Omit<ExecutionRow, 'error' | 'stats' | 'metadata' | 'held_by' | 'continues'> & { error: string | null; stats: string | null; metadata: string | null; continues: string } & Held

const columns = (prompt: string) => `e.id AS execution_id, e.session_id, s.workspace_id, e.status, e.reason, e.origin, e.progress, ${prompt} AS prompt, e.message_id,
  e.user_id, e.username, e.created_at, e.started_at, e.ended_at, e.error, e.stats, e.metadata, e.continued_by, ${continuesOf('e.id')} AS continues, s.held_reason, s.held_by AS held_id, h.name AS held_name`
const tables = 'executions e JOIN sessions s ON s.id = e.session_id LEFT JOIN users h ON h.id = s.held_by'

function rowOf({ held_reason: reason, held_id, held_name, ...row }: Row): ExecutionRow {
  const held_by = row.status === 'pending' && reason !== null ? { reason, ...(held_id !== null && { user_id: held_id, username: held_name }) } : null
  return { ...row, error: parsed(row.error), stats: parsed(row.stats), metadata: parsed(row.metadata), continues: JSON.parse(row.continues) as string[], ...(held_by && { held_by }) }
}

const listed = columns(`substr(e.prompt, 1, ${shownChars})`)
const latestFirst = (of = 'e') => `ORDER BY ${of}.created_at DESC, ${of}.id DESC`

const pageEnd = createCursor('executions', 'number', 'text')

type Part = { sql: string; params: Param[] }
/** Of each condition whose parameters are there. */
function allOf(conditions: [sql: string, params: readonly Param[] | '' | null | undefined][]): Part {
  const asked = conditions.filter(([, params]) => params)
  return { sql: asked.map(([sql]) => sql).join(' AND ') || '1 = 1', params: asked.flatMap(([, params]) => params || []) }
}

/** What is asked of sessions `s`. */
const ofSessions = ({ session_id, workspace_id }: ExecutionsQuery): Part =>
  allOf([
    ['s.id = ?', session_id && [session_id]],
    ['s.workspace_id = ?', workspace_id && [workspace_id]],
  ])

/** What is asked of executions `e`. */
const ofExecutions = ({ status, cursor }: ExecutionsQuery): Part =>
  allOf([
    ['e.status = ?', status && [status]],
    ['(e.created_at, e.id) < (?, ?)', pageEnd.read(cursor)],
  ])

type Said = { data: string; timestamp: number }

export type ShownExecutions = ReturnType<typeof createShownExecutions>

export function createShownExecutions({ storage, auth }: Pick<Dependencies, 'storage' | 'auth'>) {
  /** Refuses what is not there, and what the asker may not see, alike. */
  async function find(who: Identity, executionId: string): Promise<Row> {
    const sql = `SELECT ${columns('e.prompt')} FROM ${tables} WHERE e.id = ?`
    const [row] = await storage.query<Row>(sql, [executionId])
    if (!row) throw notFound()
    await auth.may(who, 'read', row.session_id)
    return row
  }

  /** What people and Claude said, subagents left out, the last of it. */
  async function saidIn(executionId: string): Promise<Pick<ExecutionDetail, 'messages' | 'messages_cut'>> {
    const of = "FROM events WHERE task = ? AND type IN ('message', 'claude_response') AND json_extract(data, '$.parent_tool_use_id') IS NULL"
    const numbered = `SELECT data, timestamp, SUM(bytes) OVER (ORDER BY task_seq DESC) AS total, ROW_NUMBER() OVER (ORDER BY task_seq DESC) AS number ${of}`
    const rows = await storage.query<Said>(`SELECT data, timestamp FROM (${numbered}) AS said WHERE number = 1 OR (total <= ? AND number <= ?) ORDER BY number DESC`, [executionId, maxMessageBytes, maxMessages])
    const [all] = await storage.query<{ count: number }>(`SELECT COUNT(*) AS count ${of}`, [executionId])
    const messages = rows.map(({ data, timestamp }) => {
      const said = JSON.parse(data) as { message_id: string; content: string; role?: 'user' | 'note' | 'relay' }
      return { message_id: said.message_id, role: said.role ?? ('assistant' as const), content: said.content, timestamp: Number(timestamp) }
    })
    return { messages, messages_cut: rows.length < Number(all!.count) }
  }

  function ofAll(query: ExecutionsQuery, count: number): Promise<Row[]> {
    const [sessions, executions] = [ofSessions(query), ofExecutions(query)]
    const sql = `SELECT ${listed} FROM ${tables} WHERE s.deleted_at IS NULL AND ${sessions.sql} AND ${executions.sql} ${latestFirst()} LIMIT ?`
    return storage.query<Row>(sql, [...sessions.params, ...executions.params, count])
  }

  async function ofVisible(userId: string, query: ExecutionsQuery, count: number): Promise<Row[]> {
    const sessions = ofSessions(query)
    const executions = ofExecutions(query)
    if (!query.session_id) {
      // CROSS JOIN: in this order, whatever a workspace holds.
      const of = `executions e CROSS JOIN sessions s JOIN workspaces w ON w.id = s.workspace_id LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ?`
      const latest = `SELECT e.id FROM executions e WHERE ${executions.sql} ${latestFirst()} LIMIT ${maxLatest}`
      const visible = `SELECT e.id FROM ${of} WHERE e.id IN (${latest}) AND s.id = e.session_id AND s.deleted_at IS NULL AND ${sessions.sql} AND ${visibleToUser} ${latestFirst()} LIMIT ?`
      const rows = await rowsOf(visible, [userId, ...executions.params, ...sessions.params, userId, userId, count], count)
      if (rows.length === count) return rows
    }
    const visible = idsOfVisible(userId, sessions, maxSessions)
    // Each session gives its first ones, by its index; which of all they are is decided among these. CROSS JOIN: in this order.
    const first = `SELECT e.id FROM executions e WHERE e.session_id = visible.id AND ${executions.sql} ${latestFirst()} LIMIT ?`
    const ids = `SELECT x.id FROM (${visible.sql}) AS visible CROSS JOIN executions x WHERE x.id IN (${first}) ${latestFirst('x')} LIMIT ?`
    return rowsOf(ids, [...visible.params, ...executions.params, count, count], count)
  }

  const rowsOf = (ids: string, params: Param[], count: number): Promise<Row[]> =>
    storage.query<Row>(`SELECT ${listed} FROM ${tables} WHERE e.id IN (${ids}) ${latestFirst()} LIMIT ?`, [...params, count])

  return {
    async execution(who: Identity, executionId: string): Promise<ExecutionDetail> {
      const row = await find(who, executionId)
      // The seq first: what follows may be newer than it.
      const [top] = await storage.query<{ seq: number | null }>('SELECT MAX(task_seq) AS seq FROM events WHERE task = ?', [executionId])
      const { messages, messages_cut } = await saidIn(executionId)
      const result = messages.findLast(({ role }) => role === 'assistant')?.content ?? null
      return { ...rowOf(row), seq: Number(top?.seq ?? 0), messages, messages_cut, result }
    },
    async list(who: Identity, query: ExecutionsQuery): Promise<ExecutionsPage> {
      const limit = query.limit ?? defaultLimit
      const rows = await (who.role === 'admin' ? ofAll(query, limit + 1) : ofVisible(who.userId, query, limit + 1))
      const executions = rows.slice(0, limit).map(rowOf)
      const last = executions.at(-1)
      return { executions, next: last && rows.length > limit ? pageEnd.write(Number(last.created_at), last.execution_id) : null }
    },
    /** The session that it is in; refuses whoever may not read that. */
    async readable(who: Identity, executionId: string): Promise<{ sessionId: string; withoutDeltas: boolean }> {
      const [row] = await storage.query<{ session_id: string; without_deltas: number }>('SELECT session_id, without_deltas FROM executions WHERE id = ?', [executionId])
      if (!row) throw notFound()
      await auth.may(who, 'read', row.session_id)
      return { sessionId: row.session_id, withoutDeltas: Number(row.without_deltas) === 1 }
    },
  }
}
