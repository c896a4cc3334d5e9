// Rows of the audit: who did what, when and from where. Each belongs into the commit of what it tells of.
import type { AuditAction } from '#protocol'
import type { Statement } from '../storage/storage.ts'
import type { Identity } from './identity.ts'

type AuditEntry = {
  at: number
  /** null: the person at the console, or nobody that is known. */
  userId: string | null
  username: string
  action: AuditAction
  sessionId?: string | null
  detail: object
  address: string | null
  agent: string | null
}

/** Writes as somebody who asks; the statement is for the commit of what it tells of, before whatever there changes a role. */
export type AuditBy = (who: Identity, action: AuditAction, detail: object, sessionId?: string | null) => Statement

const maxAgentChars = 300
const columns = 'at, user_id, username, action, session_id, detail, address, agent, as_admin'

/** What collaborators may do as well; all else that is audited in a session is for its owners. */
const OF_COLLABORATORS: readonly AuditAction[] = ['permission.answer', 'session.fork', 'session.permission_mode']

/** 1 unless the user has the right by a role of their own in the session: stands before what the same commit changes of that. */
const asAdminSql = `NOT EXISTS (SELECT 1 FROM sessions e JOIN workspaces w ON w.id = e.workspace_id LEFT JOIN participants p ON p.session_id = e.id AND p.user_id = ?
  WHERE e.id = ? AND p.removed_at IS NULL AND (p.role = 'owner' OR (? = 1 AND (p.role IS NOT NULL OR (e.visibility = 'workspace' AND w.is_default = 1)))))`

export function auditRow(entry: AuditEntry): Statement {
  const { at, userId, username, action, sessionId = null, detail, address, agent } = entry
  return {
    sql: `INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    params: [at, userId, username, action, sessionId, JSON.stringify(detail), address, agent?.slice(0, maxAgentChars) ?? null],
    changes: 1,
  }
}

/** An admin is an owner everywhere: the row says whether it was that which let them. */
export function auditRowOf(who: Identity, at: number, action: AuditAction, detail: object, sessionId: string | null): Statement {
  const { userId, name: username, address, agent } = who
  const plain = auditRow({ at, userId, username, action, sessionId, detail, address, agent })
  if (who.role !== 'admin' || sessionId === null) return plain
  return { ...plain, sql: `INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${asAdminSql})`, params: [...plain.params!, userId, sessionId, OF_COLLABORATORS.includes(action) ? 1 : 0] }
}
