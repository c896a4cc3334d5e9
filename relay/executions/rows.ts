// Executions, waiting prompts, permission requests and rules as rows: the statements that change them, and the short reads.
import type { Attachment, Message, PermissionRequest, RuleSuggestion } from '#protocol'
import { listOf, type Statement, type Storage } from '../storage/storage.ts'
import type { Whole } from './cut-texts.ts'
import { statusBefore, type Execution, type Step } from './execution-state.ts'
import type { Decision } from './permission-request.ts'
import type { Waiting } from './queue.ts'

type Reads = Pick<Storage, 'query'>
const json = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value))
export const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

export const insertExecution = (execution: Execution, prompt: string | null, after: string | null): Statement => ({
  sql: `INSERT INTO executions (id, session_id, message_id, user_id, username, origin, status, prompt, after_id, created_at, started_at, trace_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  params: [execution.id, execution.sessionId, execution.messageId, execution.userId, execution.username, execution.origin, execution.status, prompt, after, execution.createdAt, execution.startedAt, execution.trace],
})

/** `before` is the condition: an execution that has left its status already refuses the whole commit. */
export const stepExecution = (after: Execution, step: Step): Statement => ({
  sql: 'UPDATE executions SET status = ?, reason = ?, error = ?, started_at = ?, ended_at = ?, progress = ? WHERE id = ? AND status = ?',
  params: [after.status, after.reason, json(after.error), after.startedAt, after.endedAt, after.progress, after.id, statusBefore(step)],
  changes: 1,
})

export const keepProgress = ({ id, progress }: Execution): Statement => ({
  sql: "UPDATE executions SET progress = ? WHERE id = ? AND status = 'running' AND progress < ?",
  params: [progress, id, progress],
  changes: 1,
})

/** What the turn begins with may have changed while it waited: its text, and the turn it follows. */
export const settleExecution = (executionId: string, prompt: string, after: string | null): Statement => ({
  sql: 'UPDATE executions SET prompt = ?, after_id = ? WHERE id = ?',
  params: [prompt, after, executionId],
  changes: 1,
})

/** What was asked for along with an execution that begins, or lines up, in this commit. */
export const keepAlong = (executionId: string, { metadata, withoutDeltas }: { metadata: object | null; withoutDeltas: boolean }): Statement[] =>
  metadata === null && !withoutDeltas
    ? []
    : [{ sql: 'UPDATE executions SET metadata = ?, without_deltas = ? WHERE id = ?', params: [json(metadata), withoutDeltas ? 1 : 0, executionId], changes: 1 }]

/**
 * The work of one execution goes on in another, which is in this commit or waits already, and takes over what was asked for along with it.
 * Several go on in the same one when they have the same metadata; deltas are left out if any of them wanted none.
 */
export const continueIn = (from: string, to: string): Statement[] => [
  { sql: 'UPDATE executions SET continued_by = ? WHERE id = ? AND continued_by IS NULL AND id <> ?', params: [to, from, to], changes: 1 },
  {
    sql: `UPDATE executions SET metadata = was.metadata, without_deltas = MAX(executions.without_deltas, was.without_deltas)
      FROM (SELECT metadata, without_deltas FROM executions WHERE id = ?) AS was WHERE executions.id = ?`,
    params: [from, to],
    changes: 1,
  },
]

/** SQL: those that go on in this one, as JSON. */
export const continuesOf = (id: string): string => listOf(`SELECT c.id FROM executions c WHERE c.continued_by = ${id} ORDER BY c.created_at, c.id`)

/** Where in which conversation the turn ended, so that others can branch from there. */
export const keepOutcome = (executionId: string, outcome: { stats: object | null; conversationId: string | null; lastEntry: string | null }): Statement => ({
  sql: 'UPDATE executions SET stats = ?, conversation_id = ?, last_entry = ? WHERE id = ?',
  params: [json(outcome.stats), outcome.conversationId, outcome.lastEntry, executionId],
  changes: 1,
})

export const insertWaiting = (sessionId: string, waiting: Waiting): Statement => ({
  sql: `INSERT INTO queued_prompts (message_id, session_id, execution_id, place, user_id, username, role, content, attachments, mode, queued_at, trace_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  params: [waiting.messageId, sessionId, waiting.executionId, waiting.place, waiting.userId, waiting.username, waiting.role, waiting.content, JSON.stringify(waiting.attachments), waiting.mode, waiting.queuedAt, waiting.trace],
})
export const updateWaiting = (waiting: Waiting): Statement => ({
  sql: 'UPDATE queued_prompts SET place = ?, mode = ?, content = ?, attachments = ?, execution_id = ? WHERE message_id = ?',
  params: [waiting.place, waiting.mode, waiting.content, JSON.stringify(waiting.attachments), waiting.executionId, waiting.messageId],
  changes: 1,
})
export const deleteWaiting = (messageId: string): Statement => ({ sql: 'DELETE FROM queued_prompts WHERE message_id = ?', params: [messageId], changes: 1 })

export const insertRequest = (request: PermissionRequest, hash: string, now: number): Statement => ({
  sql: `INSERT INTO permissions (request_id, session_id, execution_id, tool_use_id, tool, input_hash, request, kind, status, opened_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)`,
  params: [request.request_id, request.session_id, request.execution_id, request.tool_use_id, request.tool, hash, JSON.stringify(request), request.kind, now],
})

/**
 * What an answer is still to do. owed: its process lives and was not told · handed: told, and has not confirmed it · ready: the process is
 * gone, and one equal call passes unasked · used.
 */
export type Pass = 'owed' | 'handed' | 'ready' | 'used'
export type Resolution = { status: 'allowed' | 'denied' | 'withdrawn'; by: { userId: string; name: string } | null; decision: Decision | null; pass: Pass | null }

/** Only an open request can be resolved: of two answers the second one is refused by this condition. */
export const resolveRequest = (requestId: string, { status, by, decision, pass }: Resolution, now: number): Statement => ({
  sql: `UPDATE permissions SET status = ?, resolved_at = ?, resolved_by = ?, resolved_name = ?, scope = ?, message = ?, decision = ?, pass = ?
    WHERE request_id = ? AND status = 'open'`,
  params: [status, now, by?.userId ?? null, by?.name ?? null, decision?.scope ?? null, decision?.message ?? null, json(decision), pass, requestId],
  changes: 1,
})
/** Whoever moves it first: a pass lets one call through. */
export const movePass = (requestId: string, from: Pass, to: Pass): Statement => ({
  sql: 'UPDATE permissions SET pass = ? WHERE request_id = ? AND pass = ?',
  params: [to, requestId, from],
  changes: 1,
})
/** A pass is for the turn that brings it to Claude: one that was not used in it is void, and none is while that turn waits. */
export const dropPasses = (sessionId: string, answeredUntil: number): Statement => ({
  sql: `UPDATE permissions SET pass = 'used' WHERE session_id = ? AND (pass IN ('owed', 'handed') OR (pass = 'ready' AND resolved_at <= ? AND execution_id NOT IN (
    WITH RECURSIVE waiting(id) AS (
      SELECT execution_id FROM queued_prompts WHERE session_id = ? AND role = 'relay'
      UNION SELECT was.id FROM waiting JOIN executions was ON was.continued_by = waiting.id
    ) SELECT id FROM waiting)))`,
  params: [sessionId, answeredUntil, sessionId],
})

export const keepWhole = (sessionId: string, { toolUseId, part, text }: Whole): Statement => ({
  sql: `INSERT INTO tool_texts (session_id, tool_use_id, part, content) VALUES (?, ?, ?, ?)
    ON CONFLICT (session_id, tool_use_id, part) DO UPDATE SET content = excluded.content`,
  params: [sessionId, toolUseId, part, text],
})
export async function readWhole(storage: Reads, sessionId: string, toolUseId: string, part: Whole['part']): Promise<string | null> {
  const sql = 'SELECT content FROM tool_texts WHERE session_id = ? AND tool_use_id = ? AND part = ?'
  return (await storage.query<{ content: string }>(sql, [sessionId, toolUseId, part]))[0]?.content ?? null
}

export const insertRule = (id: string, workspaceId: string, sessionId: string | null, rule: RuleSuggestion, userId: string, now: number): Statement => ({
  sql: 'INSERT INTO permission_rules (id, workspace_id, session_id, tool, content, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  params: [id, workspaceId, sessionId, rule.tool, rule.content ?? null, userId, now],
})

/** The files that went with a prompt, as its message told them. */
export async function readAttachments(storage: Reads, executionId: string, messageId: string): Promise<Attachment[]> {
  const rows = await storage.query<{ data: string }>("SELECT data FROM events WHERE task = ? AND type = 'message'", [executionId])
  return rows.map(({ data }) => JSON.parse(data) as Message).find((each) => each.message_id === messageId)?.attachments ?? []
}

type QueueRow = Omit<Waiting, 'attachments' | 'goesOn'> & { attachments: string; askerId: string | null; asker: string | null; metadata: string | null; after: string }

export async function readQueue(storage: Reads, sessionId: string): Promise<Waiting[]> {
  const sql = `SELECT q.message_id AS messageId, q.execution_id AS executionId, q.place, q.user_id AS userId, q.username, q.role, q.content, q.attachments, q.mode, q.queued_at AS queuedAt, q.trace_id AS trace,
      e.user_id AS askerId, e.username AS asker, e.metadata, ${continuesOf('q.execution_id')} AS after
    FROM queued_prompts q LEFT JOIN executions e ON e.id = q.execution_id AND q.role = 'relay' WHERE q.session_id = ? ORDER BY q.place`
  const rows = await storage.query<QueueRow>(sql, [sessionId])
  return rows.map(({ askerId, asker, metadata, after, ...row }) => ({
    ...row,
    attachments: parsed<Attachment[]>(row.attachments) ?? [],
    ...(askerId !== null && { goesOn: { after: JSON.parse(after) as string[], userId: askerId, username: asker ?? '', metadata } }),
  }))
}

/** What is allowed in a session: its own rules and those of its workspace. */
export async function readRules(storage: Reads, workspaceId: string, sessionId: string): Promise<RuleSuggestion[]> {
  const sql = 'SELECT DISTINCT tool, content FROM permission_rules WHERE workspace_id = ? AND (session_id IS NULL OR session_id = ?) ORDER BY tool, content'
  return storage.query<{ tool: string; content: string | null }>(sql, [workspaceId, sessionId])
}
