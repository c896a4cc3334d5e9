// How a share link comes in: its secret is exchanged for a short token that reads one session. Guessing is slowed down.
import { timingSafeEqual } from 'node:crypto'
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import { networkOf } from '../network-of.ts'
import { createBuckets } from '../rate-limits.ts'
import type { Storage } from '../storage/storage.ts'
import type { Caller } from './identity.ts'
import { linkReader, type createLinkRights } from './link-rights.ts'
import { hashOf } from './sign-ins.ts'
import type { Throttle } from './throttle.ts'
import { LIFE_MS, type Tokens } from './tokens.ts'

/** Bytes of a secret: 128 bits are beyond guessing, and the link stays short. */
const secretBytes = 16
/** The last use is for people to look at: to the minute is enough. */
const usedEveryMs = 60_000
/** Of one link: each of many readers comes back every five minutes. */
const enters = { size: 100, perSecond: 10 }

type LinkGrant = { accessToken: string; expiresAt: number; sessionId: string; linkExpiresAt: number }
export type LinkAccess = {
  /** A new secret, and what is kept of it. */
  makeSecret(): { secret: string; hash: string }
  /** Throws UNAUTHORIZED, the same for every reason, or RATE_LIMITED. */
  enter(request: { link: string; secret: string }, from: Caller): Promise<LinkGrant>
}

export function createLinkAccess(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  tokens: Tokens
  throttle: Throttle
  links: ReturnType<typeof createLinkRights>
  attemptsPerMinute: number
  newSecret: () => string
}): LinkAccess {
  const { storage, clock, tokens, throttle, links, attemptsPerMinute, newSecret } = dependencies
  const take = createBuckets(clock)

  async function isRight(linkId: string, secret: string): Promise<boolean> {
    const [row] = await storage.query<{ hash: string }>('SELECT hash FROM share_links WHERE id = ?', [linkId])
    return row !== undefined && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hashOf(secret)))
  }

  /** The link's session while it is open; null for every reason why it is not. */
  async function opened(linkId: string, secret: string): Promise<{ sessionId: string; linkExpiresAt: number } | null> {
    if (!(await isRight(linkId, secret))) return null
    try {
      const { session_id: sessionId, expires_at: linkExpiresAt } = await links.sessionOf(linkId)
      return { sessionId, linkExpiresAt: Number(linkExpiresAt) }
    } catch (error) {
      if (error instanceof Refused) return null
      throw error
    }
  }

  return {
    makeSecret() {
      const secret = Buffer.from(newSecret(), 'base64url').subarray(0, secretBytes).toString('base64url')
      return { secret, hash: hashOf(secret) }
    },
    async enter({ link, secret }, from) {
      const found = await opened(link, secret)
      if (!found) {
        // A right secret is never kept out by the guesses of others.
        const key = `${networkOf(from.address)} link`
        throttle.check(key, attemptsPerMinute)
        throttle.count(key, attemptsPerMinute)
        throw new Refused('UNAUTHORIZED', 'this link is revoked, expired or wrong', { details: { reason: 'link' } })
      }
      const waitMs = take(link, enters)
      if (waitMs > 0) throw new Refused('RATE_LIMITED', 'too many come in by this link at once', { retryAfterMs: waitMs })
      const now = clock.now()
      const used = { sql: 'UPDATE share_links SET used_at = ? WHERE id = ? AND (used_at IS NULL OR used_at < ?)', params: [now, link, now - usedEveryMs] }
      await storage.commit({ statements: [used] })
      const ttlMs = Math.min(LIFE_MS.link, found.linkExpiresAt - now)
      const { token, expiresAt } = tokens.mint({ userId: linkReader(link), name: '', role: 'viewer', sid: link, kind: 'link', ttlMs })
      return { accessToken: token, expiresAt, ...found }
    },
  }
}
