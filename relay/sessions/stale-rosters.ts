// What rosters show of somebody is another, a name or that they only look on this relay: those who are in sessions with them are told.
import { joined } from './participants.ts'
import type { SessionParts } from './session-parts.ts'

/** At once, those that were used last before the others. */
const perRound = 50

const sessionsSql = `SELECT s.id FROM sessions s WHERE s.deleted_at IS NULL AND s.id IN (SELECT session_id FROM participants WHERE stale > 0) ORDER BY s.updated_at DESC LIMIT ${perRound}`
const staleSql = 'SELECT user_id AS "userId", stale FROM participants WHERE session_id = ? AND stale > 0'
/** Not when it has changed once more since it was read. */
const toldSql = 'UPDATE participants SET stale = 0 WHERE session_id = ? AND user_id = ? AND stale = ?'

/** Idempotent: looks for what changed accounts left to be told, and tells it. */
export function createStaleRosters({ storage, channels, participants, lanes }: Pick<SessionParts, 'storage' | 'channels' | 'participants' | 'lanes'>) {
  async function tell(sessionId: string): Promise<void> {
    // The mark first: what is read then is at least as new.
    const stale = await storage.query<{ userId: string; stale: number }>(staleSql, [sessionId])
    if (stale.length === 0) return
    const everyone = (await participants.everyone(sessionId)).filter(({ active }) => active)
    await channels.publish({
      statements: stale.map(({ userId, stale: mark }) => ({ sql: toldSql, params: [sessionId, userId, mark], changes: 1 })),
      events: everyone.filter(({ userId }) => stale.some((each) => each.userId === userId)).map((person) => joined(sessionId, person)),
    })
  }

  return async function tellRosters(): Promise<void> {
    for (;;) {
      const sessions = await storage.query<{ id: string }>(sessionsSql)
      if (sessions.length === 0) return
      await Promise.all(sessions.map(({ id }) => lanes.run(id, () => tell(id))))
    }
  }
}
