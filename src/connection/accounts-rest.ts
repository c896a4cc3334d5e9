// Calls of accounts: tokens, users, one's own password and devices, the audit.
import { rest as bodies, type ApiTokens, type AuditPage, type MadeToken, type MadeUser, type OwnSignIns, type UsersPage, type WayIn } from '#protocol'
import type { GlobalRole, Scope } from '#protocol'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

export type AuditFilter = { from?: number; to?: number; user?: string; action?: string; session_id?: string; q?: string }

export function createAccountsRest({ get, change, blob }: RestCalls) {
  const user = (id: string) => `users/${encodeURIComponent(id)}` as const
  return {
    tokens: {
      list: (query: { all?: boolean; q?: string; limit?: number; cursor?: string }, signal?: AbortSignal): Promise<Outcome<ApiTokens>> => get('tokens', bodies.apiTokens, query, signal),
      make: (body: { name: string; scopes: Scope[]; expires_in_days: number }): Promise<Outcome<MadeToken>> => change('POST', 'tokens', bodies.madeToken, { body }),
      revoke: (id: string): Promise<Outcome<object>> => change('DELETE', `tokens/${encodeURIComponent(id)}`, bodies.ok),
    },
    users: {
      list: (query: { q?: string; deleted?: boolean; cursor?: string }, signal?: AbortSignal): Promise<Outcome<UsersPage>> => get('users', bodies.usersPage, query, signal),
      add: (body: { name: string; role: GlobalRole; password?: string; link?: boolean }): Promise<Outcome<MadeUser>> => change('POST', 'users', bodies.madeUser, { body }),
      change: (id: string, body: { name?: string; role?: GlobalRole }): Promise<Outcome<object>> => change('PATCH', user(id), bodies.ok, { body }),
      reset: (id: string, way: 'link' | 'password'): Promise<Outcome<WayIn>> => change('POST', `${user(id)}/reset`, bodies.wayIn, { body: { way } }),
      remove: (id: string): Promise<Outcome<object>> => change('DELETE', user(id), bodies.ok),
    },
    own: {
      signIns: (): Promise<Outcome<OwnSignIns>> => get('me/sign-ins', bodies.signIns),
      setPassword: (body: { old?: string; new: string }): Promise<Outcome<object>> => change('POST', 'me/password', bodies.ok, { body }),
      signOut: (sid: string): Promise<Outcome<object>> => change('DELETE', `me/sign-ins/${encodeURIComponent(sid)}`, bodies.ok),
      signOutElsewhere: (): Promise<Outcome<object>> => change('DELETE', 'me/sign-ins', bodies.ok),
    },
    audit: {
      page: (query: AuditFilter & { cursor?: string }, signal?: AbortSignal): Promise<Outcome<AuditPage>> => get('audit', bodies.auditPage, query, signal),
      ofSession: (sessionId: string, query: { cursor?: string }): Promise<Outcome<AuditPage>> => get(`claude/sessions/${encodeURIComponent(sessionId)}/audit`, bodies.auditPage, query),
      csv: (query: AuditFilter): Promise<Outcome<Blob>> => blob('audit/export', query),
    },
  }
}
