// The rows of a session's participants, those who were removed included, and the card of any user.
import type { GlobalRole, SessionRole } from '#protocol'
import type { Storage } from '../storage/storage.ts'

export type Card = { id: string; name: string; role: GlobalRole }
export type ParticipantRow = {
  userId: string
  name: string
  globalRole: GlobalRole
  role: SessionRole
  hue: number
  joinedAt: number
  /** Neither removed from the session nor deleted as a user. */
  active: boolean
}

type Row = { user_id: string; name: string; global_role: GlobalRole; role: SessionRole; hue: number; joined_at: number; removed_at: number | null; deleted_at: number | null }

const rowsSql = `SELECT p.user_id, u.name, u.role AS global_role, p.role, p.hue, p.joined_at, p.removed_at, u.deleted_at
  FROM participants p JOIN users u ON u.id = p.user_id WHERE p.session_id = ? ORDER BY p.hue`

export function participantRows(storage: Pick<Storage, 'query'>) {
  return {
    async cardOf(userId: string): Promise<Card | null> {
      const [card] = await storage.query<Card>('SELECT id, name, role FROM users WHERE id = ? AND deleted_at IS NULL', [userId])
      return card ?? null
    },
    /** By hue. */
    async rowsOf(sessionId: string): Promise<ParticipantRow[]> {
      const rows = await storage.query<Row>(rowsSql, [sessionId])
      return rows.map((row) => ({
        userId: row.user_id,
        name: row.name,
        globalRole: row.global_role,
        role: row.role,
        hue: Number(row.hue),
        joinedAt: Number(row.joined_at),
        active: row.removed_at === null && row.deleted_at === null,
      }))
    },
  }
}
