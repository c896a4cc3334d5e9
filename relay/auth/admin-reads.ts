// Who reads a session only because they are an admin leaves a row of that, one an hour for each session.
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { auditRowIf } from './audit.ts'
import type { Identity } from './identity.ts'

/** Before anything is read. Rejects when it cannot be kept: then nothing is read either. */
export type NoteAdminRead = (who: Identity, sessionId: string) => Promise<void>

const everyMs = 3_600_000
const maxKnown = 10_000
/** Perhaps of a relay before this one. */
const noneSince = "NOT EXISTS (SELECT 1 FROM audit WHERE session_id = ? AND user_id = ? AND action = 'session.read' AND at > ?)"

export function createAdminReads({ storage, clock }: { storage: Pick<Storage, 'commit'>; clock: Pick<Clock, 'now'> }): NoteAdminRead {
  const noted = new Map<string, { at: number; kept: Promise<unknown> }>()

  return async function note(who, sessionId) {
    const now = clock.now()
    const key = `${who.userId}\n${sessionId}`
    const known = noted.get(key)
    if (known && Math.abs(now - known.at) < everyMs) return void (await known.kept)
    const row = { at: now, userId: who.userId, username: who.name, action: 'session.read', sessionId, detail: {}, from: who, asAdmin: true } as const
    const kept = storage.commit({ statements: [auditRowIf(row, noneSince, [sessionId, who.userId, now - everyMs])] })
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
