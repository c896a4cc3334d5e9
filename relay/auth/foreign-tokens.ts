// Tokens of an identity provider: checked against its published keys; the person gets a row here, and then the row counts.
import { createHash } from 'node:crypto'
import { globalRole, Refused, type GlobalRole } from '#protocol'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { setSaidRole } from './account-rows.ts'
import { auditRow } from './audit.ts'
import type { Caller } from './identity.ts'
import { isCanonical, maxTokenBytes } from './tokens.ts'
import { nameKey, shownName } from './user-names.ts'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const maxLifeSeconds = 24 * 3600
const skewSeconds = 60
/** Keys that nobody knows are looked for at the provider this often: made-up ones cost it no more. */
const rereadMs = 30_000

const claims = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(255)),
  iat: z.int(),
  exp: z.int(),
  jti: z.optional(z.string()),
  role: z.optional(globalRole),
  name: z.optional(z.string()),
  preferred_username: z.optional(z.string()),
  email: z.optional(z.string()),
})
type Claims = z.infer<typeof claims>

const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32)
/** A signature can have a second spelling that is good as well. */
const signedPart = (token: string) => token.slice(0, token.lastIndexOf('.'))
const wrong = (reason: string) => new Refused('UNAUTHORIZED', `the token is ${reason}`, { details: { reason } })

export function createForeignTokens(dependencies: { jwksUrl: string; issuer: string; audience: string; storage: Storage; clock: Pick<Clock, 'now'>; changed: (userIds: readonly string[]) => void }) {
  const { jwksUrl, issuer, audience, storage, clock, changed } = dependencies
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 5_000, cooldownDuration: Number.MAX_SAFE_INTEGER })
  let rereadAt: number | null = null

  /** A key that is not there may be a new one: then the set is read again. */
  async function checked(token: string) {
    const options = { algorithms: ALGORITHMS, issuer, audience, currentDate: new Date(clock.now()), clockTolerance: 0, requiredClaims: ['sub', 'exp', 'iat'] }
    try {
      return await jwtVerify(token, keys, options)
    } catch (error) {
      const now = clock.now()
      if (!(error instanceof errors.JWKSNoMatchingKey) || (rereadAt !== null && Math.abs(now - rereadAt) < rereadMs)) throw error
      rereadAt = now
      await keys.reload()
      return jwtVerify(token, keys, options)
    }
  }

  async function verify(token: string): Promise<Claims> {
    if (token.length > maxTokenBytes || !token.split('.').every(isCanonical)) throw wrong('malformed')
    try {
      const { payload } = await checked(token)
      const parsed = claims.safeParse(payload)
      if (!parsed.success) throw wrong('wrong')
      const { iat, exp } = parsed.data
      if (exp <= iat || exp - iat > maxLifeSeconds || iat > clock.now() / 1000 + skewSeconds) throw wrong('wrong')
      return parsed.data
    } catch (error) {
      if (error instanceof Refused) throw error
      if (error instanceof errors.JWTExpired) throw wrong('expired')
      const unreachable = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC'
      if (unreachable) throw new Refused('BUSY', 'the identity provider does not answer', { retryAfterMs: 5_000 })
      throw wrong('wrong')
    }
  }

  /** The first token of a person makes the user; each later one brings the role that the provider says, if it says one. */
  async function keep(userId: string, sid: string, { iat, exp, role, ...named }: Claims, from: Caller): Promise<void> {
    const now = clock.now()
    const [user] = await storage.query<{ name: string; role: GlobalRole; deleted_at: number | null }>('SELECT name, role, deleted_at FROM users WHERE id = ?', [userId])
    if (user && user.deleted_at !== null) throw wrong('revoked')
    const wanted = [named.name, named.preferred_username, named.email].map((name) => name && shownName(name)).find(Boolean) ?? 'user'
    const taken = await storage.query('SELECT id FROM users WHERE name_key = ? AND id <> ?', [nameKey(wanted), userId])
    const name = user?.name ?? (taken.length > 0 ? `${wanted.slice(0, 50)} ${userId.slice(-6)}` : wanted)
    const roleChanges = user !== undefined && role !== undefined && role !== user.role
    const added: Statement = {
      sql: 'INSERT INTO users (id, name, name_key, role, role_said_at, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
      params: [userId, name, nameKey(name), role ?? 'user', role === undefined ? null : iat, now],
    }
    const person = user ? (role === undefined ? [] : [setSaidRole(userId, role, iat)]) : [added]
    const signIn: Statement = {
      sql: "INSERT INTO sign_ins (sid, user_id, kind, agent, address, created_at, expires_at) VALUES (?, ?, 'access', ?, ?, ?, ?) ON CONFLICT (sid) DO NOTHING",
      params: [sid, userId, from.agent?.slice(0, 300) ?? null, from.address, now, exp * 1000],
    }
    const told = auditRow({ at: now, userId, username: name, action: 'sign_in', detail: { method: 'identity_provider' }, address: from.address, agent: from.agent })
    const commit = await storage.commit({ statements: [...person, signIn, told, ...(roleChanges ? [raiseVersion] : [])] })
    if (commit.outcome !== 'committed') throw new Refused('BUSY', 'this sign-in met another one of the same name', { retryAfterMs: 500 })
    if (roleChanges) changed([userId])
  }

  /** Whose token it is, after it was checked and its person has a row. Throws UNAUTHORIZED or BUSY. */
  return async function admit(token: string, from: Caller): Promise<{ userId: string; sid: string; exp: number }> {
    const read = await verify(token)
    const userId = `x-${digest(issuer, read.sub)}`
    const sid = `x-${digest(issuer, read.jti ?? signedPart(token))}`
    const known = await storage.query('SELECT 1 AS known FROM sign_ins WHERE sid = ? AND user_id = ?', [sid, userId])
    if (known.length === 0) await keep(userId, sid, read, from)
    return { userId, sid, exp: read.exp }
  }
}
