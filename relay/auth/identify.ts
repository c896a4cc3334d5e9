// Whose token it is: the relay's own, an API token, a share link's, or an identity provider's; and whether it still counts.
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import type { createApiTokens } from './api-tokens.ts'
import type { Caller, Identity } from './identity.ts'
import { linkReader } from './link-rights.ts'
import { roleBy, type createRights } from './rights.ts'
import { claimsToBeApiToken } from './token-text.ts'
import { isForeign } from './user-names.ts'
import { decodePart, maxTokenBytes, type Tokens } from './tokens.ts'

type Foreign = (token: string, from: Caller) => Promise<{ userId: string; sid: string; exp: number }>

const algorithmOf = (token: string) => decodePart(token.slice(0, maxTokenBytes).split('.')[0] ?? '')?.['alg']

export function createIdentify(dependencies: {
  clock: Pick<Clock, 'now'>
  tokens: Tokens
  apiTokens: Pick<ReturnType<typeof createApiTokens>, 'read' | 'scopesOf'>
  rights: ReturnType<typeof createRights>
  /** Null without an identity provider. */
  admitForeign: Foreign | null
}) {
  const { clock, tokens, apiTokens, rights, admitForeign } = dependencies

  function readToken(token: string): { userId: string; sid: string; exp: number; kind: 'access' | 'cli' | 'link' } {
    const read = tokens.read(token)
    if (read.outcome === 'refused') throw new Refused('UNAUTHORIZED', `the token is ${read.reason}`, { details: { reason: read.reason } })
    const { sub, sid, typ, exp } = read.claims
    return { userId: sub, sid, exp, kind: typ }
  }

  async function linkIdentity(sid: string, exp: number, { address, agent, hop }: Caller): Promise<Identity> {
    await rights.links.sessionOf(sid)
    return { userId: linkReader(sid), name: '', role: 'viewer', sid, kind: 'link', scopes: null, expiresAt: exp * 1000, address, agent, hop }
  }

  async function apiIdentity(token: string, { address, agent, hop }: Caller): Promise<Identity> {
    const { sid, userId, scopes } = await apiTokens.read(token)
    const row = await rights.signInOf(sid, userId)
    return { userId, name: row.name, role: roleBy(row, scopes), sid, kind: 'api', scopes, expiresAt: Number(row.expires_at), address, agent, hop }
  }

  async function identify(token: string, from: Caller): Promise<Identity> {
    if (claimsToBeApiToken(token)) return apiIdentity(token, from)
    // The algorithm decides whose token it claims to be; each kind is checked with its own keys only.
    const isOfProvider = admitForeign !== null && algorithmOf(token) !== 'HS256'
    const { userId, sid, exp, kind: said } = isOfProvider ? { ...(await admitForeign(token, from)), kind: 'access' as const } : readToken(token)
    if (said === 'link') return linkIdentity(sid, exp, from)
    const row = await rights.signInOf(sid, userId)
    if (row.kind !== said) throw new Refused('UNAUTHORIZED', 'the token is wrong', { details: { reason: 'wrong' } })
    // A sign-in that a token of the provider began is as little of the relay's own.
    const kind = said === 'access' && isForeign(userId) ? 'foreign' : said
    return { userId, name: row.name, role: roleBy(row, null), sid, kind, scopes: null, expiresAt: exp * 1000, address: from.address, agent: from.agent, hop: from.hop }
  }

  /** Whoever is signed in so, without a token: for what they have begun and the relay ends by itself. Throws UNAUTHORIZED when it is over. */
  async function ofSignIn(sid: string, userId: string): Promise<Identity> {
    const row = await rights.signInOf(sid, userId)
    const scopes = row.kind === 'api' ? await apiTokens.scopesOf(sid) : null
    return { userId, name: row.name, role: roleBy(row, scopes), sid, kind: row.kind, scopes, expiresAt: Number(row.expires_at), address: null, agent: null }
  }

  async function recheck(who: Identity): Promise<Identity> {
    if (clock.now() >= who.expiresAt) throw new Refused('UNAUTHORIZED', 'the token is expired', { details: { reason: 'expired' } })
    if (who.kind === 'link') {
      await rights.links.sessionOf(who.sid)
      return who
    }
    const row = await rights.signInOf(who.sid, who.userId)
    return { ...who, name: row.name, role: roleBy(row, who.scopes) }
  }

  return { identify, ofSignIn, recheck }
}
