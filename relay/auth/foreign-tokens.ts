// Tokens of an identity provider: checked against its published keys; the person gets a row here, and then the row counts.
import { createHash } from 'node:crypto'
import { globalRole, Refused, type GlobalRole } from '#protocol'
import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { setSaidRole, willSetSaidRole } from './account-rows.ts'
import { auditRow, auditRowIf } from './audit.ts'
import type { Caller } from './identity.ts'
import { createProviderKeys } from './provider-keys.ts'
import { isCanonical, maxTokenBytes } from './tokens.ts'
import { nameKey, shownName } from './user-names.ts'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const maxLifeSeconds = 24 * 3600
const skewSeconds = 60
const maxNameChars = 64
/** Of the id, behind a name that another user has. */
const endingDigits = [6, 8, 12, 16, 24, 32]
/** What access tokens say they are, in the header (RFC 9068) or as a claim. One that says nothing is judged by the rest; ID tokens, refresh and logout tokens say something else. */
const ACCESS_TYPES = ['jwt', 'at+jwt', 'application/at+jwt', 'access', 'bearer']
/** Claims that only ID tokens have. */
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash'] as const

const claims = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(255)),
  iat: z.int(),
  exp: z.int(),
  jti: z.optional(z.string()),
  // Words of the provider for its own purposes, unless they are ours.
  role: z.catch(z.optional(globalRole), undefined),
  name: z.catch(z.optional(z.string()), undefined),
  preferred_username: z.catch(z.optional(z.string()), undefined),
  email: z.catch(z.optional(z.string()), undefined),
})
type Claims = z.infer<typeof claims>

const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32)
/** A signature can have a second spelling that is good as well. */
const signedPart = (token: string) => token.slice(0, token.lastIndexOf('.'))
const wrong = (reason: string) => new Refused('UNAUTHORIZED', `the token is ${reason}`, { details: { reason } })

const saysAccess = (type: unknown) => type === undefined || (typeof type === 'string' && ACCESS_TYPES.includes(type.toLowerCase()))

/** The claim by which a signed token is no access token of ours, or null. */
function wrongClaim(header: JWTHeaderParameters, payload: JWTPayload, seconds: number): string | null {
  if (!saysAccess(header.typ) || !saysAccess(payload['typ'])) return 'typ'
  const ofIdToken = OF_ID_TOKENS.find((name) => name in payload)
  if (ofIdToken) return ofIdToken
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return String(parsed.error.issues[0]?.path[0])
  const { iat, exp } = parsed.data
  if (iat > seconds + skewSeconds) return 'iat'
  return exp <= iat || exp - iat > maxLifeSeconds ? 'exp' : null
}

type Dependencies = { jwksUrl: string; issuer: string; audience: string; storage: Storage; clock: Pick<Clock, 'now' | 'elapsed' | 'setTimer'>; log: Log; changed: (userIds: readonly string[]) => void }

export function createForeignTokens({ jwksUrl, issuer, audience, storage, clock, log, changed }: Dependencies) {
  const keyOf = createProviderKeys({ url: jwksUrl, clock, log })

  /** Only of what the provider has signed: strangers write nothing here. */
  function refuse(claim: string): Refused {
    log.warn('a token of the identity provider was refused', { claim })
    return wrong('wrong')
  }

  async function verify(token: string): Promise<Claims> {
    if (token.length > maxTokenBytes || !token.split('.').every(isCanonical)) throw wrong('malformed')
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, { algorithms: ALGORITHMS, issuer, audience, currentDate: new Date(clock.now()), clockTolerance: 0, requiredClaims: ['sub', 'exp', 'iat'] })
      const claim = wrongClaim(protectedHeader, payload, clock.now() / 1000)
      if (claim !== null) throw refuse(claim)
      return claims.parse(payload)
    } catch (error) {
      if (error instanceof Refused) throw error
      if (error instanceof errors.JWTExpired) throw wrong('expired')
      if (error instanceof errors.JWTClaimValidationFailed) throw refuse(error.claim)
      if (error instanceof errors.JOSEError) throw wrong('wrong')
      throw error
    }
  }

  /** The name itself, or with an ending. Others can work out those of the id and be called so first, each of them one; hardly that of the token. */
  async function freeName(wanted: string, userId: string, sid: string): Promise<string> {
    const endings = [...endingDigits.map((digits) => userId.slice(-digits)), sid.slice(-32)]
    const names = [wanted, ...endings.map((ending) => `${[...wanted].slice(0, maxNameChars - 1 - ending.length).join('')} ${ending}`)]
    const sql = 'SELECT name_key FROM users WHERE name_key IN (SELECT value FROM json_each(?)) AND id <> ?'
    const taken = new Set((await storage.query<{ name_key: string }>(sql, [JSON.stringify(names.map(nameKey)), userId])).map((row) => row.name_key))
    return names.find((name) => !taken.has(nameKey(name))) ?? wanted
  }

  /** The first token of a person makes the user; each later one brings the role that the provider says, if it says one. */
  async function keep(userId: string, sid: string, { iat, exp, role, ...named }: Claims, from: Caller): Promise<void> {
    const now = clock.now()
    const [user] = await storage.query<{ name: string; role: GlobalRole; deleted_at: number | null }>('SELECT name, role, deleted_at FROM users WHERE id = ?', [userId])
    if (user && user.deleted_at !== null) throw wrong('revoked')
    const wanted = [named.name, named.preferred_username, named.email].map((name) => name && shownName(name)).find(Boolean) ?? 'user'
    const name = user?.name ?? (await freeName(wanted, userId, sid))
    const roleChanges = user !== undefined && role !== undefined && role !== user.role
    const added: Statement = {
      sql: 'INSERT INTO users (id, name, name_key, role, role_said_at, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
      params: [userId, name, nameKey(name), role ?? 'user', role === undefined ? null : iat, now],
    }
    const by = 'identity_provider'
    const entry = { at: now, userId, username: name, from }
    // Each before the change that it tells of: another token of this person may have been first.
    const toldAdded = auditRowIf({ ...entry, action: 'user_added', detail: { user_id: userId, name, role: role ?? 'user', by } }, 'NOT EXISTS (SELECT 1 FROM users WHERE id = ?)', [userId])
    const said = role && user ? [auditRowIf({ ...entry, action: 'role_set', detail: { user_id: userId, name, role, before: user.role, by } }, ...willSetSaidRole(userId, role, iat)), setSaidRole(userId, role, iat)] : []
    const person = user ? said : [toldAdded, added]
    const signIn: Statement = {
      sql: "INSERT INTO sign_ins (sid, user_id, kind, agent, address, created_at, expires_at) VALUES (?, ?, 'access', ?, ?, ?, ?) ON CONFLICT (sid) DO NOTHING",
      params: [sid, userId, from.agent?.slice(0, 300) ?? null, from.address, now, exp * 1000],
    }
    const told = auditRow({ ...entry, action: 'sign_in', detail: { method: by } })
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
