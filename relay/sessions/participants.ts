// The people of a session: who is and was in it, how somebody comes in, and who stands for it in lists.
import { sessionChannel, type GlobalRole, type Participant, type SessionRole } from '#protocol'
import type { OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement, Storage } from '../storage/storage.ts'

export type Card = { id: string; name: string; role: GlobalRole }
export type Person = {
  userId: string
  name: string
  globalRole: GlobalRole
  role: SessionRole
  hue: number
  joinedAt: number
  /** Neither removed from the session nor deleted as a user. */
  active: boolean
}

const peopleSql = `SELECT p.user_id AS "userId", u.name, u.role AS "globalRole", p.role, p.hue, p.joined_at AS "joinedAt",
  p.removed_at IS NULL AND u.deleted_at IS NULL AS active
  FROM participants p JOIN users u ON u.id = p.user_id WHERE p.session_id = ? ORDER BY p.hue`
const againSql = 'UPDATE participants SET role = ?, joined_at = ?, removed_at = NULL, removed_by = NULL WHERE session_id = ? AND user_id = ?'
const enterSql = `INSERT INTO participants (session_id, user_id, role, hue, joined_at)
  SELECT id, ?, ?, next_hue, ? FROM sessions WHERE id = ? AND next_hue = ?`
const takeHueSql = 'UPDATE sessions SET next_hue = next_hue + 1 WHERE id = ?'

/** As granted: an admin's reach is theirs everywhere and no role of this session. */
const participantOf = (sessionId: string, { userId, name, globalRole, role, hue, joinedAt }: Omit<Person, 'active'>): Participant => ({
  session_id: sessionId,
  user_id: userId,
  username: name,
  role: globalRole === 'viewer' ? 'viewer' : role,
  hue,
  joined_at: joinedAt,
})

/** Also told when somebody's role is another from now on. */
export const joined = (sessionId: string, person: Omit<Person, 'active'>): OutEvent => ({
  channel: sessionChannel(sessionId),
  type: 'participant_joined',
  data: participantOf(sessionId, person),
})

export type Participants = ReturnType<typeof createParticipants>

export function createParticipants({ storage, clock }: { storage: Pick<Storage, 'query'>; clock: Clock }) {
  /** By hue, also those who are in it no more. */
  async function everyone(sessionId: string): Promise<Person[]> {
    const rows = await storage.query<Omit<Person, 'active'> & { active: number }>(peopleSql, [sessionId])
    return rows.map((row) => ({ ...row, active: row.active === 1 }))
  }

  async function nextHue(sessionId: string): Promise<number> {
    const [row] = await storage.query<{ next_hue: number }>('SELECT next_hue FROM sessions WHERE id = ?', [sessionId])
    return row!.next_hue
  }

  return {
    everyone,
    async roster(sessionId: string): Promise<Participant[]> {
      return (await everyone(sessionId)).filter(({ active }) => active).map((person) => participantOf(sessionId, person))
    },
    async cardOf(userId: string): Promise<Card | null> {
      const [card] = await storage.query<Card>('SELECT id, name, role FROM users WHERE id = ? AND deleted_at IS NULL', [userId])
      return card ?? null
    },
    /** `before` is what they were here once: whoever comes back has the hue that they had. */
    async entering(sessionId: string, { id, name, role: globalRole }: Card, role: SessionRole, before: Person | undefined): Promise<{ statements: Statement[]; told: OutEvent }> {
      const now = clock.now()
      const hue = before?.hue ?? (await nextHue(sessionId))
      const statements: Statement[] = before
        ? [{ sql: againSql, params: [role, now, sessionId, id], changes: 1 }]
        : [
            { sql: enterSql, params: [id, role, now, sessionId, hue], changes: 1 },
            { sql: takeHueSql, params: [sessionId], changes: 1 },
          ]
      return { statements, told: joined(sessionId, { userId: id, name, globalRole, role, hue, joinedAt: now }) }
    },
  }
}
