// Families of tokens: one row per sign-in, its rotating refresh tokens, and its end. Nothing that could sign in is stored.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Refused, type GlobalRole, type UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import { createBuckets } from '../rate-limits.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { raiseVersion } from './account-changes.ts'
import { auditRow } from './audit.ts'
import { forgetFailedSignIns } from './failed-sign-ins.ts'
import type { Caller } from './identity.ts'
import { lowerRole } from './rights.ts'
import { LIFE_MS, type Tokens } from './tokens.ts'

const refreshLifeMs = 30 * 24 * 3_600_000
/** Two tabs, or a lost answer: the token before the last still gives the same successor for so long. */
const graceMs = 60_000
/** Of one sign-in: all tabs that a browser opens again come at once, and each leaves a row. */
const rotations = { size: 60, perSecond: 1 }

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What a renewal gives: the access token for the page, the refresh token for the HttpOnly cookie. Times in milliseconds. */
export type Grant = { accessToken: string; expiresAt: number; refreshToken: string; refreshExpiresAt: number; user: UserCard }
/**
 * What a sign-in gives. A cookie is heard by every server of its host, whatever its port; the page key only by this relay.
 * It stays as long as the family: tabs need not agree on the newest one, and what is copied of the other half is found out by its rotation.
 */
export type FirstGrant = Grant & { pageKey: string }

type RefreshRow = {
  sid: string
  replaced_at: number | null
  refresh_expires: number
  page_key_hash: string | null
  revoked_at: number | null
  sign_in_expires: number
  ends_at: number | null
  role_cap: GlobalRole | null
  user_id: string
  name: string
  role: GlobalRole
  deleted_at: number | null
}
const refreshSql = `SELECT r.sid, r.replaced_at, r.expires_at AS refresh_expires, s.page_key_hash, s.revoked_at, s.expires_at AS sign_in_expires, s.ends_at, s.role_cap,
    u.id AS user_id, u.name, u.role, u.deleted_at
  FROM refresh_tokens r JOIN sign_ins s ON s.sid = r.sid JOIN users u ON u.id = s.user_id WHERE r.hash = ?`

const over = () => new Refused('UNAUTHORIZED', 'sign in again', { details: { reason: 'refresh' } })

export type SignIns = ReturnType<typeof createSignIns>

export function createSignIns(dependencies: {
  storage: Storage
  clock: Pick<Clock, 'now'>
  tokens: Tokens
  /** Derives each refresh token from the one before it. */
  refreshKey: Uint8Array
  newId: () => string
  newSecret: () => string
  revoked: (userIds: readonly string[]) => void
}) {
  const { storage, clock, tokens, refreshKey, newId, newSecret, revoked } = dependencies

  const take = createBuckets(clock)

  const successorOf = (refreshToken: string): string => createHmac('sha256', refreshKey).update(refreshToken).digest('base64url')

  const refreshRow = (refreshToken: string, sid: string, now: number, expiresAt: number): Statement => ({
    sql: 'INSERT INTO refresh_tokens (hash, sid, issued_at, expires_at) VALUES (?, ?, ?, ?)',
    params: [hashOf(refreshToken), sid, now, expiresAt],
    changes: 1,
  })

  /** Until when a renewal of this moment is good. `endsAt`: of the sign-in, however often it is renewed. */
  const renewedUntil = (now: number, endsAt: number | null): number => Math.min(now + refreshLifeMs, endsAt ?? Infinity)

  async function grant(user: UserCard, sid: string, refreshToken: string, refreshExpiresAt: number): Promise<Grant> {
    const { token, expiresAt } = tokens.mint({ userId: user.id, name: user.name, role: user.role, sid, kind: 'access', ttlMs: Math.min(LIFE_MS.access, refreshExpiresAt - clock.now()) })
    return { accessToken: token, expiresAt, refreshToken, refreshExpiresAt, user }
  }

  /** Begins a family. `first`: what must hold in the same commit, or nobody is signed in and the answer is null. `endsAt`: no renewal brings it further. */
  async function begin(user: UserCard, from: Caller, method: string, first: Statement[] = [], endsAt: number | null = null): Promise<FirstGrant | null> {
    const now = clock.now()
    const until = renewedUntil(now, endsAt)
    const sid = newId()
    const refreshToken = newSecret()
    const pageKey = newSecret()
    const commit = await storage.commit({
      statements: [
        ...first,
        {
          sql: "INSERT INTO sign_ins (sid, user_id, kind, agent, address, page_key_hash, created_at, expires_at, ends_at) SELECT ?, id, 'access', ?, ?, ?, ?, ?, ? FROM users WHERE id = ? AND deleted_at IS NULL",
          params: [sid, from.agent?.slice(0, 300) ?? null, from.address, hashOf(pageKey), now, until, endsAt, user.id],
          changes: 1,
        },
        refreshRow(refreshToken, sid, now, until),
        auditRow({ at: now, userId: user.id, username: user.name, action: 'sign_in', detail: { method }, from }),
      ],
    })
    return commit.outcome === 'committed' ? { ...(await grant(user, sid, refreshToken, until)), pageKey } : null
  }

  async function refresh(refreshToken: string, pageKey: string, from: Caller): Promise<Grant> {
    const now = clock.now()
    const hash = hashOf(refreshToken)
    const [row] = await storage.query<RefreshRow>(refreshSql, [hash])
    if (!row || row.revoked_at !== null || row.deleted_at !== null || row.sign_in_expires <= now || row.refresh_expires <= now) throw over()
    // Before all else: whoever has the cookie alone changes nothing, not even by showing an old one.
    if (row.page_key_hash === null || !timingSafeEqual(Buffer.from(row.page_key_hash), Buffer.from(hashOf(pageKey)))) throw over()
    const until = renewedUntil(now, row.ends_at)
    if (row.replaced_at === null) {
      const waitMs = take(row.sid, rotations)
      if (waitMs > 0) throw new Refused('RATE_LIMITED', 'this sign-in was renewed too often', { retryAfterMs: waitMs })
      const commit = await storage.commit({
        statements: [
          { sql: 'UPDATE refresh_tokens SET replaced_at = ? WHERE hash = ? AND replaced_at IS NULL', params: [now, hash], changes: 1 },
          refreshRow(successorOf(refreshToken), row.sid, now, until),
          { sql: 'UPDATE sign_ins SET expires_at = ? WHERE sid = ? AND revoked_at IS NULL', params: [until, row.sid], changes: 1 },
        ],
      })
      // Another tab was faster: the second look finds the token replaced a moment ago.
      if (commit.outcome !== 'committed') return refresh(refreshToken, pageKey, from)
    } else if (now - row.replaced_at > graceMs) {
      await end(row.sid, row.user_id, [
        auditRow({ at: now, userId: row.user_id, username: row.name, action: 'refresh_reused', detail: { sid: row.sid }, from }),
      ])
      throw over()
    }
    const user = { id: row.user_id, name: row.name, role: lowerRole(row.role, row.role_cap) }
    return grant(user, row.sid, successorOf(refreshToken), until)
  }

  /** Ends a family; its tokens are refused from the next message on. */
  async function end(sid: string, userId: string, with_: Statement[] = []): Promise<void> {
    await storage.commit({
      statements: [{ sql: 'UPDATE sign_ins SET revoked_at = ? WHERE sid = ? AND revoked_at IS NULL', params: [clock.now(), sid] }, raiseVersion, ...with_],
    })
    revoked([userId])
  }

  /** Rows that can no longer sign anybody in. */
  async function forgetOld(): Promise<void> {
    const now = clock.now()
    await storage.commit({
      statements: [
        { sql: 'DELETE FROM sign_in_codes WHERE expires_at <= ?', params: [now] },
        { sql: 'DELETE FROM refresh_tokens WHERE expires_at <= ? OR sid IN (SELECT sid FROM sign_ins WHERE expires_at <= ?)', params: [now, now] },
        // Of API tokens people see for a while that they have expired.
        { sql: 'DELETE FROM api_tokens WHERE sid IN (SELECT sid FROM sign_ins WHERE expires_at <= ?)', params: [now - refreshLifeMs] },
        { sql: "DELETE FROM sign_ins WHERE expires_at <= CASE kind WHEN 'api' THEN ? ELSE ? END", params: [now - refreshLifeMs, now] },
        { sql: 'DELETE FROM share_links WHERE expires_at <= ?', params: [now] },
        forgetFailedSignIns(now),
      ],
    })
  }

  return { begin, refresh, end, forgetOld }
}
