// Deliveries as rows: the statements that move them on, and the reads that find what is due. Each move has its condition.
import type { DeliveryProblem, DeliveryState, WebhookBody, WebhookDelivery, WebhookEvent } from '#protocol'
import { listOf, type Param, type Statement, type Storage } from '../storage/storage.ts'

type Reads = Pick<Storage, 'query'>
type Stats = WebhookBody['stats']

export type Due = { id: string; user_id: string; session_id: string; url: string; receiver: string; secret: string; type: WebhookEvent; body: string; attempts: number }

export type NewDelivery = { id: string; executionId: string; userId: string; url: string; receiver: string; secret: string; events: readonly WebhookEvent[]; now: number }

export const insertDelivery = (each: NewDelivery): Statement => ({
  sql: "INSERT INTO webhook_deliveries (id, execution_id, user_id, url, receiver, secret, events, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
  params: [each.id, each.executionId, each.userId, each.url, each.receiver, each.secret, JSON.stringify(each.events), each.now],
  changes: 1,
})

/** The execution has ended: from now on the body stands. */
export const makeDue = (id: string, { type, text }: { type: WebhookEvent; text: string }, now: number): Statement => ({
  sql: "UPDATE webhook_deliveries SET state = 'pending', type = ?, body = ?, next_at = ? WHERE id = ? AND state = 'waiting'",
  params: [type, text, now, id],
  changes: 1,
})

/** Nobody wants to hear of this end. */
export const dropDelivery = (id: string): Statement => ({ sql: "DELETE FROM webhook_deliveries WHERE id = ? AND state = 'waiting'", params: [id], changes: 1 })

export type Tried = { state: DeliveryState; nextAt: number | null; at: number; ms: number; status: number | null; problem: DeliveryProblem | null; answer: string }

/** What was on its way when it was stopped, and was taken, is delivered. */
export const noteAttempt = ({ id, attempts }: Pick<Due, 'id' | 'attempts'>, tried: Tried): Statement => ({
  sql: `UPDATE webhook_deliveries SET state = ?, attempts = ?, next_at = ?, last_at = ?, last_ms = ?, last_status = ?, last_problem = ?, last_answer = ?, settled_at = ?
    WHERE id = ? AND (state = 'pending' OR (state = 'stopped' AND ? = 'delivered'))`,
  params: [tried.state, attempts + 1, tried.nextAt, tried.at, tried.ms, tried.status, tried.problem, tried.answer, tried.state === 'pending' ? null : tried.at, id, tried.state],
  changes: 1,
})

/** By hand: nothing more is sent of it. */
export const stopTrying = (id: string, now: number): Statement => ({
  sql: "UPDATE webhook_deliveries SET state = 'stopped', next_at = NULL, settled_at = ? WHERE id = ? AND state IN ('waiting', 'pending')",
  params: [now, id],
  changes: 1,
})

/** Nothing was sent: whoever asked for it may not know any more. */
export const stopForRights = (id: string, now: number): Statement => ({
  sql: `UPDATE webhook_deliveries SET state = 'stopped', next_at = NULL, last_at = ?, last_ms = NULL, last_status = NULL, last_problem = 'rights', last_answer = NULL, settled_at = ?
    WHERE id = ? AND state = 'pending'`,
  params: [now, now, id],
  changes: 1,
})

/** By hand: at once, and with all attempts before it. */
export const startAnew = (id: string, now: number): Statement => ({
  sql: "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = ?, settled_at = NULL WHERE id = ? AND ((state IN ('failed', 'delivered', 'stopped') AND body IS NOT NULL) OR (state = 'pending' AND next_at > ?))",
  params: [now, id, now],
  changes: 1,
})

/**
 * SQL: the executions whose work may go on in another: a question is open, or its answer on the way, that was asked in them or in one that they
 * themselves go on with. Whoever wanted to hear of their end wants to hear of that one's. `also` is said of the question `p`.
 */
const mayGoOn = (also = ''): string => `(WITH RECURSIVE going(id) AS (
    SELECT p.execution_id FROM permissions p WHERE (p.status = 'open' OR p.pass IN ('owed', 'handed'))${also}
    UNION SELECT was.continued_by FROM going JOIN executions was ON was.id = going.id WHERE was.continued_by IS NOT NULL
  ) SELECT id FROM going)`

export const forgetSettled = (before: number): Statement => ({
  sql: `DELETE FROM webhook_deliveries WHERE settled_at < ? AND execution_id NOT IN ${mayGoOn()}`,
  params: [before],
})

/** Who was to hear of the end of an execution, and has not been taken off by hand. */
export const readWanted = (storage: Reads, executionId: string): Promise<{ id: string; user_id: string; url: string; receiver: string; secret: string; events: string }[]> =>
  storage.query("SELECT id, user_id, url, receiver, secret, events FROM webhook_deliveries WHERE execution_id = ? AND state <> 'stopped' ORDER BY created_at, id", [executionId])

export type Without = { ids: readonly string[]; users: readonly string[]; hosts: readonly string[]; receivers: readonly string[] }

/** The longest due first, but none of those that run, and none of whom or to whom enough are on their way. `hosts`: whatever the port. */
export function readDue(storage: Reads, now: number, { ids, users, hosts, receivers }: Without, limit: number): Promise<Due[]> {
  const none = (column: string, values: readonly string[]) => (values.length === 0 ? '' : ` AND ${column} NOT IN (${values.map(() => '?').join(', ')})`)
  const elsewhere = ' AND receiver <> ? AND substr(receiver, 1, ?) <> ?'.repeat(hosts.length)
  const sql = `SELECT id, user_id, (SELECT session_id FROM executions e WHERE e.id = execution_id) AS session_id, url, receiver, secret, type, body, attempts FROM webhook_deliveries
    WHERE state = 'pending' AND next_at <= ?${none('id', ids)}${none('user_id', users)}${none('receiver', receivers)}${elsewhere} ORDER BY next_at LIMIT ?`
  return storage.query<Due>(sql, [now, ...ids, ...users, ...receivers, ...hosts.flatMap((host) => [host, host.length + 1, `${host}:`]), limit])
}

/** When the next one falls due after `now`. */
export async function readNext(storage: Reads, now: number): Promise<number | null> {
  const [row] = await storage.query<{ at: number | null }>("SELECT MIN(next_at) AS at FROM webhook_deliveries WHERE state = 'pending' AND next_at > ?", [now])
  return row?.at ?? null
}

export async function countWaiting(storage: Reads): Promise<number> {
  const [row] = await storage.query<{ count: number }>("SELECT COUNT(*) AS count FROM webhook_deliveries WHERE state = 'pending'")
  return Number(row!.count)
}

type EndedRow = {
  id: string
  events: string
  execution_id: string
  session_id: string
  workspace_id: string
  status: 'completed' | 'failed' | 'interrupted' | 'cancelled'
  reason: WebhookBody['reason']
  message_id: string | null
  user_id: string | null
  username: string | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  error: string | null
  stats: string | null
  metadata: string | null
  continues: string
  /** 1: its work may go on in another. */
  asks: number
}

const endedSql = `SELECT d.id, d.events, e.id AS execution_id, e.session_id, s.workspace_id, e.status, e.reason, e.message_id, e.user_id, e.username,
    e.created_at, e.started_at, e.ended_at, e.error, e.stats, e.metadata,
    ${listOf('SELECT c.id FROM executions c WHERE c.continued_by = e.id ORDER BY c.created_at, c.id')} AS continues,
    e.id IN ${mayGoOn(' AND p.session_id = e.session_id')} AS asks
  FROM webhook_deliveries d JOIN executions e ON e.id = d.execution_id JOIN sessions s ON s.id = e.session_id
  WHERE d.state = 'waiting' AND e.status NOT IN ('pending', 'running')`

/** Of this execution, or of all, what has ended and was not looked at yet. */
export const readEnded = (storage: Reads, executionId: string | null): Promise<EndedRow[]> =>
  storage.query<EndedRow>(executionId === null ? endedSql : `${endedSql} AND d.execution_id = ?`, executionId === null ? [] : [executionId])

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

/** What the receiver is told; null when it does not want to know. */
export function bodyOf(row: EndedRow, now: number): WebhookBody | null {
  const type = `execution.${row.status}` as const
  const continues = JSON.parse(row.continues) as string[]
  if (!(JSON.parse(row.events) as string[]).includes(type)) return null
  return {
    id: row.id,
    type,
    created_at: now,
    execution_id: row.execution_id,
    session_id: row.session_id,
    workspace_id: row.workspace_id,
    status: row.status,
    ...(row.reason && { reason: row.reason }),
    ...(row.message_id && { message_id: row.message_id }),
    ...(row.user_id && { user_id: row.user_id, username: row.username }),
    execution_created_at: row.created_at,
    started_at: row.started_at,
    ended_at: row.ended_at,
    error: parsed<{ code: string; message: string }>(row.error),
    stats: parsed<Stats>(row.stats),
    metadata: parsed<Record<string, unknown>>(row.metadata),
    ...(continues.length > 0 && { continues }),
  }
}

type Listed = Omit<WebhookDelivery, 'delivery_id'> & { id: string }
export type Where = { executionId?: string | null; state?: DeliveryState | null; before?: { at: number; id: string } | null; id?: string }

/** A path may be a key of its own, as with chat services: it is for whoever gave it. */
function shown(url: string, isOwn: boolean): string {
  const { origin, pathname } = new URL(url)
  return pathname === '/' || isOwn ? origin + pathname : `${origin}/…`
}

/** The latest first, as `userId` may see them. */
export async function readDeliveries(storage: Reads, userId: string, { executionId, state, before, id }: Where, limit: number): Promise<WebhookDelivery[]> {
  const conditions: string[] = []
  const params: Param[] = []
  const also = (sql: string, ...more: Param[]) => {
    conditions.push(sql)
    params.push(...more)
  }
  if (id) also('d.id = ?', id)
  if (executionId) also('d.execution_id = ?', executionId)
  if (state) also('d.state = ?', state)
  if (before) also('(d.created_at < ? OR (d.created_at = ? AND d.id < ?))', before.at, before.at, before.id)
  const sql = `SELECT d.id, d.execution_id, e.session_id, d.user_id, u.name AS username, d.url, d.state, d.type, d.attempts, d.created_at, d.next_at,
      d.last_at, d.last_ms, d.last_status, d.last_problem, d.last_answer, d.settled_at
    FROM webhook_deliveries d JOIN executions e ON e.id = d.execution_id JOIN users u ON u.id = d.user_id
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY d.created_at DESC, d.id DESC LIMIT ?`
  const rows = await storage.query<Listed>(sql, [...params, limit])
  return rows.map(({ id: delivery_id, ...row }) => ({ delivery_id, ...row, url: shown(row.url, row.user_id === userId) }))
}
