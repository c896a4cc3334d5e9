// Failed tries to sign in, as rows of the audit: one an hour for each user and place, which counts; so many rows an hour over all, kept for a while.
import type { UserCard } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Param, Statement, Storage } from '../storage/storage.ts'
import { auditRowIf } from './audit.ts'
import type { Caller } from './identity.ts'

const hourMs = 3_600_000
const maxRowsPerHour = 100
const keptMs = 90 * 24 * hourMs

/** Whose row of the hour it is. All null: of those for whom there was no row left. */
type Whose = { userId: string | null; address: string | null; hop: string | null }
const nobodys: Whose = { userId: null, address: null, hop: null }

const ofHour = "action = 'sign_in_failed' AND at >= ?"
const mine = `${ofHour} AND user_id IS ? AND address IS ? AND hop IS ?`
const params = (hour: number, { userId, address, hop }: Whose): Param[] => [hour, userId, address, hop]

/** What people did stays in the audit; what strangers tried goes after 90 days. */
export const forgetFailedSignIns = (now: number): Statement => ({ sql: "DELETE FROM audit WHERE action = 'sign_in_failed' AND at < ?", params: [now - keptMs] })

export function createFailedSignIns({ storage, clock }: { storage: Pick<Storage, 'commit'>; clock: Pick<Clock, 'now'> }) {
  /** Never what was typed as a name: now and then it is a password. */
  return async function note(user: UserCard | null, method: 'password' | 'code' | 'token', from: Caller): Promise<void> {
    const now = clock.now()
    const hour = Math.floor(now / hourMs) * hourMs
    const whose: Whose = { userId: user?.id ?? null, address: from.address, hop: from.hop ?? null }
    const own = params(hour, whose)
    const rest = params(hour, nobodys)
    const row = { at: now, action: 'sign_in_failed' } as const
    const counted = (where: string, values: Param[]): Statement => ({
      sql: `UPDATE audit SET detail = json_set(detail, '$.count', COALESCE(json_extract(detail, '$.count'), 1) + 1, '$.last_at', ?) WHERE ${where}`,
      params: [now, ...values],
    })
    const isNew = `NOT EXISTS (SELECT 1 FROM audit WHERE ${mine})`
    const hasRoom = `(SELECT COUNT(*) FROM audit WHERE ${ofHour}) < ${maxRowsPerHour}`
    // Exactly one of these changes something: each later one finds what an earlier one has made.
    const statements = [
      counted(mine, own),
      auditRowIf({ ...row, userId: whose.userId, username: user?.name ?? '', detail: { method, count: 1 }, from }, `${isNew} AND ${hasRoom}`, [...own, hour]),
      counted(`${mine} AND ${isNew}`, [...rest, ...own]),
      auditRowIf({ ...row, userId: null, username: '', detail: { others: true, count: 1 }, from: null }, `${isNew} AND ${isNew}`, [...own, ...rest]),
    ]
    await storage.commit({ statements })
  }
}
