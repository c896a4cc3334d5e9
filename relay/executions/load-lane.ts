// A session's lane as the tables have it: what every run of the relay begins with.
import type { SessionRecord } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import type { LaneState } from './lane-state.ts'
import { readRunning } from './kept-executions.ts'
import { readOpenRequests } from './kept-requests.ts'
import { readQueue } from './rows.ts'

type Reads = Pick<Dependencies, 'storage'>

export async function loadLane({ storage, sessions, clock }: Reads & Pick<Dependencies, 'sessions' | 'clock'>, sessionId: string): Promise<LaneState> {
  const record = await sessions.get(sessionId)
  const by = record?.held?.by ?? null
  const [holder] = by === null ? [] : await storage.query<{ name: string }>('SELECT name FROM users WHERE id = ?', [by])
  const [turn = null] = await readRunning(storage, sessionId)
  const open = await readOpenRequests(storage, sessionId)
  return {
    queue: await readQueue(storage, sessionId),
    held: record?.held ? { reason: record.held.reason, userId: by, username: holder?.name ?? null } : null,
    turn,
    beside: null,
    asked: open.map(({ request, hash, openedAt }) => ({ request, hash, openedAt })),
    failure: record?.state === 'failed' ? (record.activity?.error ?? '') : null,
    interrupted: record?.activity?.interrupted ?? false,
    stalled: false,
    tool: null,
    since: record?.activity?.since ?? record?.updatedAt ?? clock.now(),
    costUsd: record?.activity?.cost_usd ?? 0,
    head: record ? await headOf({ storage }, sessionId, record) : null,
  }
}

async function headOf({ storage }: Reads, sessionId: string, { conversationId, forkPending }: SessionRecord): Promise<string | null> {
  if (forkPending) return forkPending.execution_id
  if (conversationId === null) return null
  const sql = 'SELECT id FROM executions WHERE session_id = ? AND conversation_id = ? AND last_entry IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 1'
  return (await storage.query<{ id: string }>(sql, [sessionId, conversationId]))[0]?.id ?? null
}
