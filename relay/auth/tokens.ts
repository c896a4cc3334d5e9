// Makes and checks the relay's own access tokens: HS256 and nothing else. Whether a token still counts, the database says.
import { globalRole, type GlobalRole } from '#protocol'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'

export type TokenKind = 'access' | 'cli'
export type Claims = { sub: string; name: string; role: GlobalRole; sid: string; typ: TokenKind; jti: string; iat: number; exp: number }
export type ReadToken = { outcome: 'ok'; claims: Claims } | { outcome: 'refused'; reason: 'malformed' | 'expired' | 'wrong' }

/** The longest life of each kind, in milliseconds. */
export const LIFE_MS = { access: 15 * 60_000, cli: 24 * 3_600_000 } as const
export const maxTokenBytes = 16 * 1024
/** How far another clock of ours may be ahead when it writes `iat`. */
const skewSeconds = 60

const claims = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(128)),
  name: z.string(),
  role: globalRole,
  sid: z.string().check(z.minLength(1), z.maxLength(128)),
  typ: z.enum(['access', 'cli']),
  jti: z.string().check(z.minLength(1)),
  iat: z.int().check(z.nonnegative()),
  exp: z.int().check(z.nonnegative()),
  iss: z.string(),
  aud: z.string(),
})
const header = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT') })

/** Base64url has spare bits in the last character; a text with them set would be a second spelling of the same bytes. */
export const isCanonical = (part: string): boolean => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part

/** The JSON object in a part of a token, or null. */
export function decodePart(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

export type Tokens = ReturnType<typeof createTokens>

export function createTokens(dependencies: { key: Uint8Array; issuer: string; audience: string; clock: Pick<Clock, 'now'>; newId: () => string }) {
  const { key, issuer, audience, clock, newId } = dependencies

  /** `expiresAt` in milliseconds: the end of the token, cut to a whole second and to the longest life of its kind. */
  async function mint(about: { userId: string; name: string; role: GlobalRole; sid: string; kind: TokenKind; ttlMs: number }): Promise<{ token: string; expiresAt: number }> {
    const iat = Math.floor(clock.now() / 1000)
    const exp = iat + Math.max(1, Math.floor(Math.min(about.ttlMs, LIFE_MS[about.kind]) / 1000))
    const token = await new SignJWT({ name: about.name, role: about.role, sid: about.sid, typ: about.kind })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(about.userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setJti(newId())
      .setIssuedAt(iat)
      .setExpirationTime(exp)
      .sign(key)
    return { token, expiresAt: exp * 1000 }
  }

  async function read(token: string): Promise<ReadToken> {
    const parts = token.length > maxTokenBytes ? [] : token.split('.')
    if (parts.length !== 3 || !parts.every(isCanonical)) return { outcome: 'refused', reason: 'malformed' }
    if (!header.safeParse(decodePart(parts[0]!)).success) return { outcome: 'refused', reason: 'wrong' }
    try {
      const currentDate = new Date(clock.now())
      const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], issuer, audience, currentDate, clockTolerance: 0, requiredClaims: ['exp', 'iat'] })
      const parsed = claims.safeParse(payload)
      if (!parsed.success) return { outcome: 'refused', reason: 'wrong' }
      const { typ, iat, exp } = parsed.data
      if (exp <= iat || (exp - iat) * 1000 > LIFE_MS[typ] || iat > clock.now() / 1000 + skewSeconds) return { outcome: 'refused', reason: 'wrong' }
      return { outcome: 'ok', claims: parsed.data }
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      return { outcome: 'refused', reason: error instanceof errors.JWTExpired ? 'expired' : 'wrong' }
    }
  }

  return { mint, read }
}
