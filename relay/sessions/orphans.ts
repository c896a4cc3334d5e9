// What a deleted user leaves behind: they are in no session any more, and those they owned alone pass to an admin.
import { commitOrRefuse } from '../channels/channels.ts'
import type { Statement } from '../storage/storage.ts'
import type { Card } from './participants.ts'
import type { SessionParts } from './session-parts.ts'
import { updateStatement } from './session-record.ts'

const orphanedSql = `SELECT DISTINCT p.session_id FROM participants p JOIN users u ON u.id = p.user_id
  WHERE u.deleted_at IS NOT NULL AND p.removed_at IS NULL`
const adminSql = "SELECT id, name, role FROM users WHERE role = 'admin' AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1"
const removeSql = `UPDATE participants SET removed_at = ? WHERE session_id = ? AND removed_at IS NULL
  AND user_id IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)`

/** Idempotent: looks for what deleted users left, and settles it. */
export function createOrphans({ storage, channels, clock, rows, participants, news, lanes }: SessionParts) {
  async function passOn(sessionId: string): Promise<void> {
    const record = await rows.read(sessionId)
    if (!record) return
    const everyone = await participants.everyone(sessionId)
    const heir = everyone.find((each) => each.active && each.role === 'owner')
    const [admin] = heir ? [] : await storage.query<Card>(adminSql)
    // Without any admin it waits: there will be one before anybody can miss it.
    if (!heir && !admin) return
    const owner = heir ? { id: heir.userId, name: heir.name } : admin!
    const entered = heir ? null : await participants.entering(sessionId, admin!, 'owner', everyone.find((each) => each.userId === admin!.id))
    const hasChanged = record.ownerId !== owner.id
    const after = { ...record, ownerId: owner.id, ownerName: owner.name }
    const statements: Statement[] = [{ sql: removeSql, params: [clock.now(), sessionId] }, ...(entered?.statements ?? [])]
    if (hasChanged) statements.push(updateStatement(sessionId, { ownerId: owner.id })!)
    const left = everyone.filter((each) => !each.active).map((each) => news.left(sessionId, { userId: each.userId, username: each.name }, null))
    // What is in the trash is in nobody's list.
    const listed = record.deletedAt === null ? [...(entered ? await news.appears(after, owner.id) : []), ...(hasChanged ? await news.changed(after) : [])] : []
    await commitOrRefuse(channels, { statements, events: [...left, ...(entered ? [entered.told] : []), ...listed] })
  }

  return async function passOnOrphans(): Promise<void> {
    for (const { session_id: sessionId } of await storage.query<{ session_id: string }>(orphanedSql)) {
      await lanes.run(sessionId, () => passOn(sessionId))
    }
  }
}
