// Executions as people may see them: one with what was said in it, and lists of those in sessions that the asker may read.
import type { ExecutionDetail, ExecutionRow, ExecutionsPage, ExecutionsQuery } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import { notFound, visibleToUser } from '../sessions/sessions.ts'
import { createCursor, type Param } from '../storage/storage.ts'
import type { Dependencies } from './dependencies.ts'
import { parsed } from './rows.ts'

const defaultLimit = 50
/** Of a prompt in a list. */
const shownChars = 500
/** What was said in one execution, at most; the events hold all of it. */
const maxMessages = 200
const maxMessageBytes = 512 * 1024

type HeldBy = NonNullable<ExecutionRow['held_by']>
type Held = { held_reason: HeldBy['reason'] | null; held_id: string | null; held_name: string | null }
type Row = Omit<ExecutionRow, 'error' | 'stats' | 'metadata' | 'held_by'> & { error: string | null; stats: string | null; metadata: string | null } & Held

const columns = (prompt: string) => `e.id AS execution_id, e.session_id, s.workspace_id, e.status, e.reason, e.origin, e.progress, ${prompt} AS prompt, e.message_id,
  e.user_id, e.username, e.created_at, e.started_at, e.ended_at, e.error, e.stats, e.metadata, s.held_reason, s.held_by AS held_id, h.name AS held_name`
const tables = 'executions e JOIN sessions s ON s.id = e.session_id LEFT JOIN users h ON h.id = s.held_by'

function rowOf({ held_reason: reason, held_id, held_name, ...row }: Row): ExecutionRow {
  const held_by = row.status === 'pending' && reason !== null ? { reason, ...(held_id !== null && { user_id: held_id, username: held_name }) } : null
  return { ...row, error: parsed(row.error), stats: parsed(row.stats), metadata: parsed(row.metadata), ...(held_by && { held_by }) }
}

const pageEnd = createCursor('executions', 'number', 'text')

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
      const conditions = ['s.deleted_at IS NULL']
      const params: Param[] = [who.userId]
      const where = (condition: string, ...values: Param[]) => {
        conditions.push(condition)
        params.push(...values)
      }
      if (who.role !== 'admin') where(visibleToUser, who.userId, who.userId)
      if (query.session_id) where('e.session_id = ?', query.session_id)
      if (query.workspace_id) where('s.workspace_id = ?', query.workspace_id)
      if (query.status) where('e.status = ?', query.status)
      const after = pageEnd.read(query.cursor)
      if (after) where('(e.created_at, e.id) < (?, ?)', ...after)
      const limit = query.limit ?? defaultLimit
      const sql = `SELECT ${columns(`substr(e.prompt, 1, ${shownChars})`)} FROM ${tables} JOIN workspaces w ON w.id = s.workspace_id
        LEFT JOIN participants p ON p.session_id = s.id AND p.user_id = ? WHERE ${conditions.join(' AND ')} ORDER BY e.created_at DESC, e.id DESC LIMIT ?`
      const rows = (await storage.query<Row>(sql, [...params, limit + 1])).map(rowOf)
      const executions = rows.slice(0, limit)
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
