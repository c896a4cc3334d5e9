// Failed tries to sign in, as rows of the audit: so many a minute of one user, or of nobody; the next row says how many were left out.
import type { UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { auditRow } from './audit.ts'
import type { Caller } from './identity.ts'

const windowMs = 60_000
const maxRows = 10
const maxKeys = 10_000

export function createFailedSignIns({ storage, clock }: { storage: Pick<Storage, 'commit'>; clock: Pick<Clock, 'now'> }) {
  const seen = new Map<string, { since: number; rows: number; left: number }>()

  /** Never what was typed as a name: now and then it is a password. */
  return async function note(user: UserCard | null, method: 'password' | 'code', from: Caller): Promise<void> {
    const now = clock.now()
    const key = user?.id ?? ''
    let mine = seen.get(key)
    if (!mine || Math.abs(now - mine.since) >= windowMs) {
      mine = { since: now, rows: 0, left: mine?.left ?? 0 }
      seen.delete(key)
      seen.set(key, mine)
      if (seen.size > maxKeys) seen.delete(seen.keys().next().value!)
    }
    if (mine.rows >= maxRows) {
      mine.left += 1
      return
    }
    mine.rows += 1
    const more = mine.left > 0 ? { more: mine.left } : {}
    mine.left = 0
    const row = auditRow({ at: now, userId: user?.id ?? null, username: user?.name ?? '', action: 'sign_in_failed', detail: { method, ...more }, from })
    await storage.commit({ statements: [row] })
  }
}
