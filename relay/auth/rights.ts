// Decides who may do what, by the rows of this very moment. The table of actions is the contract's; here is whose role is which.
import { allows, covers, effectiveRole, Refused, RELAY_ACTIONS, RELAY_SCOPES, SESSION_SCOPES, type GlobalRole, type RelayAction, type Scope, type SessionAction, type SessionRole } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { READING, type NoteAdminAct } from './admin-acts.ts'
import type { Identity } from './identity.ts'
import { createLinkRights } from './link-rights.ts'
import { createRightsMemory } from './rights-memory.ts'
import { belongsToWorkspace } from './workspace-members.ts'

type SignInRow = { name: string; role: GlobalRole; role_cap: GlobalRole | null; kind: 'access' | 'cli' | 'api'; expires_at: number }
type SessionRights = {
  visibility: 'workspace' | 'private'
  deleted_at: number | null
  workspace_removed: number | null
  belongs: number
  role: SessionRole | null
  removed_at: number | null
}
type WorkspaceRights = { owner_id: string | null; belongs: number }

const signInSql = `SELECT u.name, u.role, s.role_cap, s.kind, s.expires_at FROM sign_ins s JOIN users u ON u.id = s.user_id
  WHERE s.sid = ? AND s.user_id = ? AND s.revoked_at IS NULL AND u.deleted_at IS NULL`
const sessionSql = `SELECT e.visibility, e.deleted_at, w.removed_at AS workspace_removed, ${belongsToWorkspace()} AS belongs, p.role, p.removed_at
  FROM sessions e JOIN workspaces w ON w.id = e.workspace_id
  LEFT JOIN participants p ON p.session_id = e.id AND p.user_id = ?
  WHERE e.id = ?`
const workspaceSql = `SELECT w.owner_id, ${belongsToWorkspace()} AS belongs FROM workspaces w WHERE w.removed_at IS NULL AND`

const rank: Record<GlobalRole, number> = { viewer: 0, user: 1, admin: 2 }

/** A token can be weaker than its user, never stronger. */
export const lowerRole = (role: GlobalRole, cap: GlobalRole | null): GlobalRole => (cap !== null && rank[cap] < rank[role] ? cap : role)

/** Without the scope admin an API token of an admin is one of a user: it is no owner of everything. */
export const roleBy = (row: Pick<SignInRow, 'role' | 'role_cap'>, scopes: readonly Scope[] | null): GlobalRole =>
  lowerRole(lowerRole(row.role, row.role_cap), covers(scopes, 'admin') ? null : 'user')

/** What was given to a user in a session: by invitation, or by the workspace unless somebody removed them. */
function grantedRole(row: SessionRights): SessionRole | null {
  if (row.removed_at !== null) return null
  if (row.role !== null) return row.role
  return row.visibility === 'workspace' && row.workspace_removed === null && row.belongs === 1 ? 'collaborator' : null
}

const notFound = () => new Refused('NOT_FOUND', 'not found')

/** The same for what is there and what is not: nothing was looked up. */
export function refuseOutOfScope(who: Pick<Identity, 'scopes'>, scope: Scope | null): void {
  if (covers(who.scopes, scope)) return
  throw new Refused('FORBIDDEN', scope === null ? 'no API token may do this' : `this needs a token with the scope ${scope}`, { details: { reason: 'scope', scope } })
}

const forbidden = () => new Refused('FORBIDDEN', 'your role does not allow this')

export function createRights({ storage, clock, noteAdminAct }: { storage: Storage; clock: Pick<Clock, 'now'>; noteAdminAct: NoteAdminAct }) {
  const memory = createRightsMemory({ storage, clock })
  const links = createLinkRights({ memory, clock })

  /** The sign-in with its user, or UNAUTHORIZED when either is over. */
  async function signInOf(sid: string, userId: string): Promise<SignInRow> {
    const row = await memory.row<SignInRow>(signInSql, [sid, userId])
    if (!row || Number(row.expires_at) <= clock.now()) throw new Refused('UNAUTHORIZED', 'this sign-in is over', { details: { reason: 'revoked' } })
    return row
  }

  async function roleNow(who: Identity): Promise<GlobalRole> {
    const row = await signInOf(who.sid, who.userId)
    return roleBy(row, who.scopes)
  }

  const rowOf = (userId: string, sessionId: string) => memory.row<SessionRights>(sessionSql, [userId, userId, userId, sessionId])

  /** `global`: on the relay; `granted`: in the session by itself, `role`: what comes of both; null for none. */
  async function rolesIn(who: Identity, sessionId: string, trashed: boolean): Promise<{ global: GlobalRole; granted: SessionRole | null; role: SessionRole | null }> {
    const global = await roleNow(who)
    const row = await rowOf(who.userId, sessionId)
    if (!row || (row.deleted_at !== null && !trashed)) return { global, granted: null, role: null }
    const granted = grantedRole(row)
    return { global, granted, role: effectiveRole(granted, global) }
  }

  async function mayRelay(who: Identity, action: RelayAction, workspaceId: string | null = null): Promise<void> {
    // A link has no standing on the relay: it is one session's.
    if (who.kind === 'link') throw forbidden()
    refuseOutOfScope(who, RELAY_SCOPES[action])
    const needs = RELAY_ACTIONS[action]
    if (needs === 'admin') {
      const row = await signInOf(who.sid, who.userId)
      if (lowerRole(row.role, row.role_cap) !== 'admin') throw forbidden()
      return
    }
    const role = await roleNow(who)
    const where = workspaceId === null ? 'w.is_default = 1' : 'w.id = ?'
    const row = await memory.row<WorkspaceRights>(`${workspaceSql} ${where}`, workspaceId === null ? [who.userId, who.userId] : [who.userId, who.userId, workspaceId])
    if (!row) throw notFound()
    const owns = role === 'admin' || row.owner_id === who.userId
    if (!owns && row.belongs !== 1) throw notFound()
    if (needs === 'workspace_owner' && !owns) throw forbidden()
    // A viewer of the relay only ever looks, whatever somebody made them elsewhere.
    if (role === 'viewer' && action !== 'see_workspace') throw forbidden()
  }

  return {
    signInOf,
    forget: memory.forget,
    mayRelay,
    links,
    standing: async (who: Identity, sessionId: string) => (who.kind === 'link' || !covers(who.scopes, 'read') ? null : (await rolesIn(who, sessionId, false)).role),
    async isParticipant(userId: string, sessionId: string): Promise<boolean> {
      const row = await rowOf(userId, sessionId)
      return row !== undefined && row.deleted_at === null && row.role !== null && row.removed_at === null
    },
    async mayRead(userId: string, sessionId: string): Promise<boolean> {
      const user = await memory.row<{ role: GlobalRole }>('SELECT role FROM users WHERE id = ? AND deleted_at IS NULL', [userId])
      const row = user && (await rowOf(userId, sessionId))
      return row !== undefined && allows('read', effectiveRole(grantedRole(row), user!.role))
    },
    async sees(who: Identity, sessionId: string): Promise<SessionRole> {
      if (who.kind === 'link') return links.may(who, 'read', sessionId)
      const { role } = await rolesIn(who, sessionId, false)
      if (role === null) throw notFound()
      return role
    },
    async may(who: Identity, action: SessionAction, sessionId: string, options: { own?: boolean; trashed?: boolean } = {}): Promise<SessionRole> {
      if (who.kind === 'link') return links.may(who, action, sessionId)
      refuseOutOfScope(who, SESSION_SCOPES[action])
      const { role, granted, global } = await rolesIn(who, sessionId, options.trashed ?? false)
      if (role === null) throw notFound()
      // A fork is a new session, and a viewer of the relay makes none.
      if (!allows(action, role, options.own) || (action === 'fork' && global === 'viewer')) throw forbidden()
      // Without being an admin they could not: whoever is in the session reads by that, and may act as their role there allows.
      const byAdminAlone = READING.has(action) ? granted === null : !allows(action, granted, options.own)
      if (byAdminAlone) await noteAdminAct(who, action, sessionId)
      return role
    },
  }
}
