// What a deleted user leaves behind: they are in no session any more, and those they owned alone pass to an admin.
import { sessionChannel } from '#protocol'
import type { Channels, OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { commitOrRefuse } from './commit.ts'
import { type Card, participantRows } from './participant-rows.ts'
import type { SessionLanes } from './session-lanes.ts'
import type { SessionNews } from './session-news.ts'
import { updateStatement } from './session-record.ts'
import type { SessionRows } from './session-rows.ts'

type Dependencies = { storage: Pick<Storage, 'query'>; channels: Pick<Channels, 'publish'>; clock: Clock; rows: SessionRows; news: SessionNews; lanes: SessionLanes }

const orphanedSql = `SELECT DISTINCT p.session_id FROM participants p JOIN users u ON u.id = p.user_id
  WHERE u.deleted_at IS NOT NULL AND p.removed_at IS NULL`
const adminSql = "SELECT id, name, role FROM users WHERE role = 'admin' AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1"
const adoptSql = `INSERT INTO participants (session_id, user_id, role, hue, joined_at) SELECT id, ?, 'owner', next_hue, ? FROM sessions WHERE id = ?
  ON CONFLICT (session_id, user_id) DO UPDATE SET role = 'owner', removed_at = NULL, removed_by = NULL`

export function createOrphans({ storage, channels, clock, rows, news, lanes }: Dependencies) {
  const { rowsOf } = participantRows(storage)

  async function passOn(sessionId: string): Promise<void> {
    const record = await rows.read(sessionId)
    if (!record) return
    const everyone = await rowsOf(sessionId)
    const gone = everyone.filter((each) => !each.active)
    const heir = everyone.find((each) => each.active && each.role === 'owner')
    const [admin] = heir ? [] : await storage.query<Card>(adminSql)
    // Without any admin it waits: there will be one before anybody can miss it.
    if (!heir && !admin) return
    const now = clock.now()
    const statements: Statement[] = [
      { sql: `UPDATE participants SET removed_at = ? WHERE session_id = ? AND removed_at IS NULL AND user_id IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)`, params: [now, sessionId] },
    ]
    const owner = heir ? { id: heir.userId, name: heir.name } : admin!
    if (!heir) {
      statements.push({ sql: adoptSql, params: [owner.id, now, sessionId], changes: 1 })
      statements.push({ sql: 'UPDATE sessions SET next_hue = next_hue + 1 WHERE id = ?', params: [sessionId], changes: 1 })
    }
    const changed = record.ownerId !== owner.id
    if (changed) statements.push(updateStatement(sessionId, { ownerId: owner.id }, null)!)
    const after = { ...record, ownerId: owner.id, ownerName: owner.name }
    const left = gone.map((each) => news.left(sessionId, { userId: each.userId, username: each.name }, null))
    const hue = everyone.find((each) => each.userId === owner.id)?.hue ?? Number((await hueOf(sessionId)) ?? 0)
    const joined: OutEvent[] = heir
      ? []
      : [{ channel: sessionChannel(sessionId), type: 'participant_joined', data: { session_id: sessionId, user_id: owner.id, username: owner.name, role: 'owner', hue, joined_at: now } }]
    const listed = record.deletedAt !== null ? [] : [...(heir ? [] : await news.appears(after, owner.id)), ...(changed ? await news.changed(after) : [])]
    await commitOrRefuse(channels, { statements, events: [...left, ...joined, ...listed] })
  }

  async function hueOf(sessionId: string): Promise<number | null> {
    const [row] = await storage.query<{ next_hue: number }>('SELECT next_hue FROM sessions WHERE id = ?', [sessionId])
    return row?.next_hue ?? null
  }

  return {
    /** Idempotent: looks for what deleted users left, and settles it. */
    async passOnOrphans(): Promise<void> {
      for (const { session_id: sessionId } of await storage.query<{ session_id: string }>(orphanedSql)) {
        await lanes.run(sessionId, () => passOn(sessionId))
      }
    },
  }
}
