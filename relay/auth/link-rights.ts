// What a share link gives: to read its one session, for as long as the link, the session and whoever made it are there.
import { allows, Refused, type SessionAction, type SessionRole } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Identity } from './identity.ts'
import type { createRightsMemory } from './rights-memory.ts'

type LinkRow = { session_id: string; expires_at: number }

/** Whoever was removed or deleted leaves no way in behind. */
const linkSql = `SELECT l.session_id, l.expires_at FROM share_links l JOIN sessions e ON e.id = l.session_id JOIN users u ON u.id = l.created_by
  LEFT JOIN participants p ON p.session_id = l.session_id AND p.user_id = l.created_by
  WHERE l.id = ? AND l.revoked_at IS NULL AND e.deleted_at IS NULL AND u.deleted_at IS NULL AND p.removed_at IS NULL`

/** The id under which limits and logs know the readers of a link: all of them together. */
export const linkReader = (linkId: string) => `link-${linkId}`

export function createLinkRights({ memory, clock }: { memory: ReturnType<typeof createRightsMemory>; clock: Pick<Clock, 'now'> }) {
  /** The session that the link opens now, or UNAUTHORIZED. */
  async function sessionOf(linkId: string): Promise<LinkRow> {
    const row = await memory.row<LinkRow>(linkSql, [linkId])
    if (!row || Number(row.expires_at) <= clock.now()) throw new Refused('UNAUTHORIZED', 'this link is over', { details: { reason: 'revoked' } })
    return row
  }

  return {
    sessionOf,
    async may(who: Identity, action: SessionAction, sessionId: string): Promise<SessionRole> {
      const link = await sessionOf(who.sid)
      if (link.session_id !== sessionId) throw new Refused('NOT_FOUND', 'not found')
      if (!allows(action, 'link')) throw new Refused('FORBIDDEN', 'a link only reads its session')
      return 'viewer'
    },
  }
}
