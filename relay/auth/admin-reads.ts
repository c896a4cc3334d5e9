// Who reads a session only because they are an admin leaves a row of that, one an hour for each session.
import type { Clock } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { readByAdminRow } from './audit.ts'
import type { Identity } from './identity.ts'

/** Before anything is read. Rejects when it cannot be kept: then nothing is read either. */
export type NoteAdminRead = (who: Identity, sessionId: string) => Promise<void>

const everyMs = 3_600_000
const maxKnown = 10_000

export function createAdminReads({ storage, clock }: { storage: Pick<Storage, 'commit'>; clock: Pick<Clock, 'now'> }): NoteAdminRead {
  const noted = new Map<string, { at: number; kept: Promise<unknown> }>()

  return async function note(who, sessionId) {
    const now = clock.now()
    const key = `${who.userId}\n${sessionId}`
    const known = noted.get(key)
    if (known && Math.abs(now - known.at) < everyMs) return void (await known.kept)
    const kept = storage.commit({ statements: [readByAdminRow(who, now, sessionId, now - everyMs)] })
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
