// What somebody does in a session only because they are an admin leaves a row of that, one an hour for each session and action.
import type { SessionAction } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { auditRowIf } from './audit.ts'
import type { Identity } from './identity.ts'

/** Before anything is read or done. Rejects when it cannot be kept: then nothing is read or done either. */
export type NoteAdminAct = (who: Identity, action: SessionAction, sessionId: string) => Promise<void>

/** What shows something of a session, and changes nothing: one row for all of it. */
export const READING: ReadonlySet<SessionAction> = new Set(['read', 'see_roster', 'export', 'download', 'read_logs', 'see_usage', 'read_audit'])
/** What leaves a row with each time that it is done, in the commit that does it; the row says as well whose right it was. */
const TOLD: ReadonlySet<SessionAction> = new Set([
  'answer', 'set_mode', 'set_open_mode', 'rename', 'archive', 'set_visibility', 'delete', 'delete_file', 'invite', 'remove', 'set_role', 'stop_process', 'clear', 'rewind',
])

const everyMs = 3_600_000
const maxKnown = 10_000
/** Perhaps of a relay before this one. */
const noneSince = 'NOT EXISTS (SELECT 1 FROM audit WHERE session_id = ? AND user_id = ? AND action = ? AND detail = ? AND at > ?)'

export function createAdminActs({ storage, clock }: { storage: Pick<Storage, 'commit'>; clock: Pick<Clock, 'now'> }): NoteAdminAct {
  const noted = new Map<string, { at: number; kept: Promise<unknown> }>()

  return async function note(who, act, sessionId) {
    if (TOLD.has(act)) return
    const now = clock.now()
    const action = READING.has(act) ? 'session.read' : 'session.act_as_admin'
    const detail = READING.has(act) ? {} : { action: act }
    const key = `${who.userId}\n${sessionId}\n${JSON.stringify(detail)}`
    const known = noted.get(key)
    if (known && Math.abs(now - known.at) < everyMs) return void (await known.kept)
    const row = { at: now, userId: who.userId, username: who.name, action, sessionId, detail, from: who, asAdmin: true } as const
    const kept = storage.commit({ statements: [auditRowIf(row, noneSince, [sessionId, who.userId, action, JSON.stringify(detail), now - everyMs])] })
    noted.delete(key)
    noted.set(key, { at: now, kept })
    if (noted.size > maxKnown) noted.delete(noted.keys().next().value!)
    try {
      await kept
    } catch (error) {
      noted.delete(key)
      throw error
    }
  }
}
