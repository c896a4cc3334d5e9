// Makes and checks the relay's own access tokens: HS256 and nothing else. Whether a token still counts, the database says.
import { timingSafeEqual } from 'node:crypto'
import { globalRole, type GlobalRole } from '#protocol'
import * as z from 'zod/mini'
import type { Clock } from '../clock.ts'

type TokenKind = 'access' | 'cli' | 'link'
type Claims = { sub: string; name: string; role: GlobalRole; sid: string; typ: TokenKind; jti: string; iat: number; exp: number }
type ReadToken = { outcome: 'ok'; claims: Claims } | { outcome: 'refused'; reason: 'malformed' | 'expired' | 'wrong' }

/** The longest life of each kind, in milliseconds. */
export const LIFE_MS = { access: 15 * 60_000, cli: 24 * 3_600_000, link: 5 * 60_000 } as const
export const maxTokenBytes = 16 * 1024
/** How far another clock of ours may be ahead when it writes `iat`. */
const skewSeconds = 60
const maxVerified = 2_000

const wholeSecond = z.int().check(z.nonnegative())
const claims = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(128)),
  name: z.string(),
  role: globalRole,
  sid: z.string().check(z.minLength(1), z.maxLength(128)),
  typ: z.enum(['access', 'cli', 'link']),
  jti: z.string().check(z.minLength(1)),
  iat: wholeSecond,
  exp: wholeSecond,
  nbf: z.optional(wholeSecond),
  iss: z.string(),
  aud: z.string(),
})

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** The one header that there is: no other algorithm, no key of its own, nothing critical, in one spelling. */
const header = encoded({ alg: 'HS256', typ: 'JWT' })

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
  const signatureOf = (text: string): Buffer => Buffer.from(new Bun.CryptoHasher('sha256', key).update(text).digest())

  function isSignature(signature: string, of: string): boolean {
    const [given, wanted] = [Buffer.from(signature, 'base64url'), signatureOf(of)]
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }

  /** `expiresAt` in milliseconds: the end of the token, cut to a whole second and to the longest life of its kind. */
  function mint(about: { userId: string; name: string; role: GlobalRole; sid: string; kind: TokenKind; ttlMs: number }): { token: string; expiresAt: number } {
    const iat = Math.floor(clock.now() / 1000)
    const exp = iat + Math.max(1, Math.floor(Math.min(about.ttlMs, LIFE_MS[about.kind]) / 1000))
    const { userId, name, role, sid, kind } = about
    const signed = `${header}.${encoded({ name, role, sid, typ: kind, sub: userId, iss: issuer, aud: audience, jti: newId(), iat, exp })}`
    const token = `${signed}.${signatureOf(signed).toString('base64url')}`
    return { token, expiresAt: exp * 1000 }
  }

  /** Tokens whose signature and shape were found good: a person comes back with the same one many times. */
  const verified = new Map<string, z.infer<typeof claims>>()

  function verify(token: string): z.infer<typeof claims> | 'malformed' | 'wrong' {
    const known = verified.get(token)
    if (known) return known
    const parts = token.split('.')
    if (parts.length !== 3 || !parts.every(isCanonical)) return 'malformed'
    const [head, body, signature] = parts as [string, string, string]
    if (head !== header || !isSignature(signature, `${head}.${body}`)) return 'wrong'
    const parsed = claims.safeParse(decodePart(body))
    if (!parsed.success || parsed.data.iss !== issuer || parsed.data.aud !== audience) return 'wrong'
    if (verified.size >= maxVerified) verified.delete(verified.keys().next().value!)
    verified.set(token, parsed.data)
    return parsed.data
  }

  function read(token: string): ReadToken {
    const found = token.length > maxTokenBytes ? 'malformed' : verify(token)
    if (typeof found === 'string') return { outcome: 'refused', reason: found }
    const { typ, iat, exp, nbf = 0 } = found
    const now = Math.floor(clock.now() / 1000)
    if (exp <= iat || (exp - iat) * 1000 > LIFE_MS[typ] || iat > now + skewSeconds || nbf > now) return { outcome: 'refused', reason: 'wrong' }
    return exp <= now ? { outcome: 'refused', reason: 'expired' } : { outcome: 'ok', claims: found }
  }

  return { mint, read }
}
