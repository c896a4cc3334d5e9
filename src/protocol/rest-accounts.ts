// Bodies of accounts: API tokens, users, one's own password and sign-ins, the audit.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, globalRole, optional, optionalId, timestamp } from './ids.ts'
import { paging } from './paging.ts'
import { scope } from './scopes.ts'

const page = paging(200)
const flag = optional(z.enum(['true', 'false']))
const userName = z.string().check(z.minLength(1), z.maxLength(100))
const newPassword = z.string().check(z.minLength(1), z.maxLength(256))

export const tokenDays = { min: 1, max: 365 } as const
export const tokenBody = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(80), z.regex(/^[^\p{Cc}]*$/u)),
  scopes: z.array(scope).check(z.minLength(1), z.maxLength(10)),
  expires_in_days: z.int().check(z.minimum(tokenDays.min), z.maximum(tokenDays.max)),
})
export const apiToken = z.object({
  id: entityId,
  name: z.string(),
  scopes: z.array(scope),
  ending: z.string(),
  user_id: entityId,
  username: z.string(),
  created_at: timestamp,
  expires_at: timestamp,
  used_at: z.nullable(timestamp),
})
/** The only time that the token itself is told. */
export const madeToken = z.extend(apiToken, { token: z.string() })
export const tokensQuery = z.object({ all: flag, q: optional(z.string().check(z.maxLength(100))), ...page })
export const apiTokens = z.object({ tokens: z.array(apiToken), total: z.number(), next: z.nullable(z.string()) })

const accountSource = z.enum(['relay', 'identity_provider'])
export const usersQuery = z.object({ q: optional(z.string().check(z.maxLength(100))), deleted: flag, ...page })
export const user = z.object({
  id: entityId,
  name: z.string(),
  role: globalRole,
  source: accountSource,
  has_password: z.boolean(),
  created_at: timestamp,
  deleted_at: z.nullable(timestamp),
  seen_at: z.nullable(timestamp),
  tokens: z.number(),
  sessions: z.number(),
})
export const usersPage = z.object({ users: z.array(user), total: z.number(), next: z.nullable(z.string()) })
export const userBody = z.object({ name: userName, role: optional(globalRole), password: optional(newPassword), link: optional(z.boolean()) })
export const madeUser = z.object({ id: entityId, link: z.nullable(z.string()), expires_at: z.nullable(timestamp) })
export const userPatch = z.object({ name: optional(userName), role: optional(globalRole) })
export const resetBody = z.object({ way: z.enum(['link', 'password']) })
/** The one that was asked for; told once. */
export const wayIn = z.object({ link: z.nullable(z.string()), expires_at: z.nullable(timestamp), password: z.nullable(z.string()) })

/** `old` is not asked of who has none. */
export const passwordBody = z.object({ old: optional(newPassword), new: newPassword })
export const signIn = z.object({
  sid: entityId,
  kind: z.enum(['access', 'cli']),
  agent: z.nullable(z.string()),
  address: z.nullable(z.string()),
  created_at: timestamp,
  seen_at: timestamp,
  expires_at: timestamp,
  current: z.boolean(),
})
/** Of an account of an identity provider neither password, device link nor API token is made here. */
export const signIns = z.object({ sign_ins: z.array(signIn), has_password: z.boolean(), source: accountSource })

const filter = {
  from: optional(z.coerce.number().check(z.int(), z.nonnegative())),
  to: optional(z.coerce.number().check(z.int(), z.nonnegative())),
  user: optionalId,
  action: optional(z.string().check(z.maxLength(1_000), z.regex(/^[a-z0-9_.]+(,[a-z0-9_.]+)*$/))),
  session_id: optionalId,
  q: optional(z.string().check(z.maxLength(200))),
}
export const auditExportQuery = z.object(filter)
export const auditQuery = z.object({ ...filter, ...page })
export const sessionAuditQuery = z.object(page)
export const auditEntry = z.object({
  id: z.number(),
  at: timestamp,
  user_id: z.nullable(z.string()),
  username: z.string(),
  action: z.string(),
  session_id: z.nullable(z.string()),
  session_title: z.nullable(z.string()),
  session_title_then: z.nullable(z.string()),
  target: z.nullable(z.object({ id: z.string(), name: z.string() })),
  detail: z.record(z.string(), z.unknown()),
  address: z.nullable(z.string()),
  hop: z.nullable(z.string()),
  agent: z.nullable(z.string()),
  as_admin: z.boolean(),
})
export const auditPage = z.object({ entries: z.array(auditEntry), next: z.nullable(z.string()) })

export type ApiToken = z.infer<typeof apiToken>
export type ApiTokens = z.infer<typeof apiTokens>
export type TokensQuery = z.infer<typeof tokensQuery>
export type MadeToken = z.infer<typeof madeToken>
export type User = z.infer<typeof user>
export type UsersPage = z.infer<typeof usersPage>
export type MadeUser = z.infer<typeof madeUser>
export type WayIn = z.infer<typeof wayIn>
export type OwnSignIns = z.infer<typeof signIns>
export type SignInRow = z.infer<typeof signIn>
export type AuditEntry = z.infer<typeof auditEntry>
export type AuditPage = z.infer<typeof auditPage>
