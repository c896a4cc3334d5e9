// Rows of the audit: who did what, when and from where. Each belongs into the commit of what it tells of.
import { OPEN_MODES, type AuditAction, type SessionRole } from '#protocol'
import type { Param, Statement } from '../storage/storage.ts'
import type { Caller, Identity } from './identity.ts'
import { belongsToWorkspace } from './workspace-members.ts'

type AuditEntry = {
  at: number
  /** null: the person at the console, or nobody that is known. */
  userId: string | null
  username: string
  action: AuditAction
  sessionId?: string | null
  detail: object
  /** Null: the console. */
  from: Pick<Caller, 'address' | 'agent' | 'hop'> | null
}

/** Writes as somebody who asks; the statement is for the commit of what it tells of, before whatever there changes a role. */
export type AuditBy = (who: Identity, action: AuditAction, detail: object, sessionId?: string | null) => Statement

const maxAgentChars = 300
const columns = 'at, user_id, username, action, session_id, detail, address, agent, hop, as_admin'

type Needs = { role: SessionRole; workspaceOwner: boolean }

/** Whose right a deed in a session is, as far as it is not that of its owners. */
const OF_OTHERS: Readonly<Partial<Record<AuditAction, SessionRole>>> = {
  'permission.answer': 'collaborator',
  'session.permission_mode': 'collaborator',
  'session.rename': 'collaborator',
  'file.share': 'collaborator',
  'session.rewind': 'collaborator',
  'session.fork': 'viewer',
}
const ROLES_FROM: Readonly<Record<SessionRole, readonly SessionRole[]>> = { owner: ['owner'], collaborator: ['owner', 'collaborator'], viewer: ['owner', 'collaborator', 'viewer'] }

/** An answer for always is given for the workspace, and a mode in which nobody is asked by an owner. */
function needsOf(action: AuditAction, { scope, mode }: { scope?: unknown; mode?: unknown }): Needs {
  const isOpen = action === 'session.permission_mode' && OPEN_MODES.some((each) => each === mode)
  return { role: isOpen ? 'owner' : (OF_OTHERS[action] ?? 'owner'), workspaceOwner: action === 'permission.answer' && scope === 'always' }
}

/** 1 unless the user has the right by a role of their own: stands before what the same commit changes of that. */
function asAdminInSession(userId: string, sessionId: string, { role, workspaceOwner }: Needs): [sql: string, params: Param[]] {
  const byWorkspace = role === 'owner' ? '' : ` OR (p.role IS NULL AND e.visibility = 'workspace' AND w.removed_at IS NULL AND ${belongsToWorkspace()})`
  const sql = `NOT EXISTS (SELECT 1 FROM sessions e JOIN workspaces w ON w.id = e.workspace_id LEFT JOIN participants p ON p.session_id = e.id AND p.user_id = ?
    WHERE e.id = ? AND p.removed_at IS NULL AND (p.role IN (${ROLES_FROM[role].map((each) => `'${each}'`).join(', ')})${byWorkspace})${workspaceOwner ? ' AND w.owner_id = ?' : ''})`
  return [sql, [userId, sessionId, ...(byWorkspace ? [userId, userId] : []), ...(workspaceOwner ? [userId] : [])]]
}

/** A workspace is its owner's; the default one has none but admins. */
const asAdminInWorkspace = 'NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = ? AND w.owner_id = ?)'

export function auditRow(entry: AuditEntry): Statement {
  const { at, userId, username, action, sessionId = null, detail, from } = entry
  return {
    sql: `INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    params: [at, userId, username, action, sessionId, JSON.stringify(detail), from?.address ?? null, from?.agent?.slice(0, maxAgentChars) ?? null, from?.hop ?? null],
    changes: 1,
  }
}

/** An admin is an owner everywhere: the row says whether it was that which let them. */
export function auditRowOf(who: Identity, at: number, action: AuditAction, detail: { workspace_id?: unknown; scope?: unknown; mode?: unknown }, sessionId: string | null): Statement {
  const { userId, name: username } = who
  const plain = auditRow({ at, userId, username, action, sessionId, detail, from: who })
  if (who.role !== 'admin') return plain
  const as = (asAdmin: string, params: Param[]): Statement => ({ ...plain, sql: `INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${asAdmin})`, params: [...plain.params!, ...params] })
  if (sessionId !== null) return as(...asAdminInSession(userId, sessionId, needsOf(action, detail)))
  return typeof detail.workspace_id === 'string' ? as(asAdminInWorkspace, [detail.workspace_id, userId]) : plain
}

/** A deed of whoever holds the machine. */
export const consoleRow = (at: number, action: AuditAction, detail: object): Statement => auditRow({ at, userId: null, username: 'console', action, detail, from: null })

/** Changes nothing unless `condition` holds. */
export function auditRowIf(entry: AuditEntry & { asAdmin?: boolean }, condition: string, params: Param[]): Statement {
  return {
    sql: `INSERT INTO audit (${columns}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ${entry.asAdmin ? 1 : 0} WHERE ${condition}`,
    params: [...auditRow(entry).params!, ...params],
  }
}
