// Executions as the table has them.
import type { Auth, Identity } from '../auth/auth.ts'
import { notFound } from '../sessions/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import type { Execution } from './execution-state.ts'
import { continuesOf, parsed } from './rows.ts'

type Reads = Pick<Storage, 'query'>

export type KeptExecution = Execution & { afterId: string | null; conversationId: string | null; lastEntry: string | null; continuedBy: string | null; /** JSON. */ metadata: string | null }

/** `where` speaks of the columns. */
async function read(storage: Reads, where: string, params: string[]): Promise<KeptExecution[]> {
  const sql = `SELECT id, session_id AS sessionId, message_id AS messageId, user_id AS userId, username, origin, status, reason, progress, created_at AS createdAt,
    started_at AS startedAt, ended_at AS endedAt, error, after_id AS afterId, conversation_id AS conversationId, last_entry AS lastEntry, trace_id AS trace, continued_by AS continuedBy, metadata, ${continuesOf('executions.id')} AS continues
    FROM executions WHERE ${where} ORDER BY created_at, id`
  const rows = await storage.query<Omit<KeptExecution, 'error' | 'continues'> & { error: string | null; continues: string }>(sql, params)
  return rows.map((row) => ({ ...row, error: parsed(row.error), continues: JSON.parse(row.continues) as string[] }))
}

export const readExecution = async (storage: Reads, id: string): Promise<KeptExecution | null> => (await read(storage, 'id = ?', [id]))[0] ?? null

/** Refuses what is not there, and what they may not see, alike. */
export async function readVisible({ auth, storage }: { auth: Pick<Auth, 'may'>; storage: Reads }, who: Identity, id: string): Promise<KeptExecution> {
  const execution = await readExecution(storage, id)
  if (!execution) throw notFound()
  await auth.may(who, 'read', execution.sessionId)
  return execution
}

/** The one in which its work goes on by now; itself when it does in none. */
export async function readLatest(storage: Reads, id: string): Promise<KeptExecution | null> {
  const found = await readExecution(storage, id)
  return found?.continuedBy ? readLatest(storage, found.continuedBy) : found
}

/** The one that a prompt began. */
export const readExecutionOf = async (storage: Reads, sessionId: string, messageId: string): Promise<KeptExecution | null> =>
  (await read(storage, 'session_id = ? AND message_id = ?', [sessionId, messageId]))[0] ?? null

/** Of a session, in the order in which they came. */
export const readRunning = (storage: Reads, sessionId: string): Promise<KeptExecution[]> => read(storage, "session_id = ? AND status = 'running'", [sessionId])

/** Who began the latest of its turns, up to this time, that anybody began: what Claude begins by itself then follows from that one. */
export async function readLastPrompter(storage: Reads, sessionId: string, until: number): Promise<{ userId: string | null; username: string | null }> {
  const sql = 'SELECT user_id AS "userId", username FROM executions WHERE session_id = ? AND user_id IS NOT NULL AND started_at IS NOT NULL ORDER BY started_at <= ? DESC, started_at DESC LIMIT 1'
  // A clock that was set back is no reason for a turn to be nobody's: then whoever was last.
  const [row] = await storage.query<{ userId: string; username: string }>(sql, [sessionId, until])
  return row ?? { userId: null, username: null }
}
