// Rows of the audit: who did what, when and from where. Each belongs into the commit of what it tells of.
import type { Statement } from '../storage/storage.ts'

type AuditEntry = {
  at: number
  /** null: the person at the console. */
  userId: string | null
  username: string
  action: string
  sessionId?: string | null
  detail: object
  address: string | null
  agent: string | null
}

const maxAgentChars = 300

export function auditRow(entry: AuditEntry): Statement {
  const { at, userId, username, action, sessionId = null, detail, address, agent } = entry
  return {
    sql: 'INSERT INTO audit (at, user_id, username, action, session_id, detail, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    params: [at, userId, username, action, sessionId, JSON.stringify(detail), address, agent?.slice(0, maxAgentChars) ?? null],
    changes: 1,
  }
}
