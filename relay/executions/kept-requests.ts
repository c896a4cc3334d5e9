// Permission requests as the table has them, open and answered.
import type { PermissionRequest } from '#protocol'
import type { Storage } from '../storage/storage.ts'
import type { Decision } from './permission-request.ts'
import { parsed, type Pass } from './rows.ts'

type Reads = Pick<Storage, 'query'>

export type KeptRequest = {
  request: PermissionRequest
  hash: string
  status: 'open' | 'allowed' | 'denied' | 'withdrawn'
  openedAt: number
  resolvedAt: number | null
  resolvedBy: { userId: string; name: string } | null
  scope: Decision['scope'] | null
  decision: Decision | null
  pass: Pass | null
}
type RequestRow = Omit<KeptRequest, 'request' | 'resolvedBy' | 'decision'> & { request: string; by: string | null; name: string | null; decision: string | null }

async function read(storage: Reads, where: string, params: string[]): Promise<KeptRequest[]> {
  const sql = `SELECT request, input_hash AS hash, status, opened_at AS openedAt, resolved_at AS resolvedAt, resolved_by AS "by", resolved_name AS name, scope, decision, pass
    FROM permissions WHERE ${where} ORDER BY opened_at, request_id`
  const rows = await storage.query<RequestRow>(sql, params)
  return rows.map(({ by, name, ...row }) => ({
    ...row,
    request: JSON.parse(row.request) as PermissionRequest,
    resolvedBy: by === null ? null : { userId: by, name: name ?? '' },
    decision: parsed(row.decision),
  }))
}

export const readRequest = async (storage: Reads, id: string): Promise<KeptRequest | null> => (await read(storage, 'request_id = ?', [id]))[0] ?? null

/** Of a session, oldest first. */
export const readOpenRequests = (storage: Reads, sessionId: string): Promise<KeptRequest[]> => read(storage, "session_id = ? AND status = 'open'", [sessionId])

/** Those whose answers had not certainly reached Claude. */
export const readUnheard = (storage: Reads, sessionId: string): Promise<KeptRequest[]> => read(storage, "session_id = ? AND pass IN ('owed', 'handed')", [sessionId])

/** An answer that lets a call with this input pass, once. */
export const readPass = async (storage: Reads, sessionId: string, tool: string, hash: string): Promise<KeptRequest | null> =>
  (await read(storage, "session_id = ? AND tool = ? AND input_hash = ? AND pass = 'ready'", [sessionId, tool, hash]))[0] ?? null
