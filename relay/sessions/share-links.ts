// Share links of a session: owners make them, see who made which, and take them back. What a link then opens, auth decides.
import { Refused, rest, type NewLink, type ShareLink } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { linkReader, type Identity } from '../auth/auth.ts'
import { commitOrRefuse } from '../channels/channels.ts'
import type { Statement } from '../storage/storage.ts'
import { notFound, type SessionParts } from './session-parts.ts'

/** More at once nobody keeps track of. */
const maxOpen = 50

const listSql = `SELECT l.id, l.created_by, u.name, l.created_at, l.expires_at, l.used_at FROM share_links l JOIN users u ON u.id = l.created_by
  LEFT JOIN participants p ON p.session_id = l.session_id AND p.user_id = l.created_by
  WHERE l.session_id = ? AND l.revoked_at IS NULL AND l.expires_at > ? AND u.deleted_at IS NULL AND p.removed_at IS NULL
  ORDER BY l.created_at DESC, l.id`
const makeSql = `INSERT INTO share_links (id, session_id, hash, created_by, created_at, expires_at) SELECT ?, ?, ?, ?, ?, ?
  WHERE (SELECT COUNT(*) FROM share_links WHERE session_id = ? AND revoked_at IS NULL AND expires_at > ?) < ${maxOpen}`

type Row = { id: string; created_by: string; name: string; created_at: number; expires_at: number; used_at: number | null }

const shown = (row: Row): ShareLink => ({
  link_id: row.id,
  created_by: { id: row.created_by, name: row.name },
  created_at: Number(row.created_at),
  expires_at: Number(row.expires_at),
  used_at: row.used_at === null ? null : Number(row.used_at),
})

/** All links of a session end with what it was: who is asked in again gets a new one. */
export const endLinks = (sessionId: string, now: number): Statement => ({
  sql: 'UPDATE share_links SET revoked_at = ? WHERE session_id = ? AND revoked_at IS NULL',
  params: [now, sessionId],
})

export function createShareLinks({ storage, channels, auth, clock, newId }: SessionParts) {
  return {
    /** Those that open the session now. */
    async links(who: Identity, sessionId: string): Promise<ShareLink[]> {
      await auth.may(who, 'links', sessionId)
      return (await storage.query<Row>(listSql, [sessionId, clock.now()])).map(shown)
    },
    /** `origin`: under which its maker sees the relay. */
    async makeLink(asked: Asked, sessionId: string, life: keyof typeof rest.LINK_LIVES, origin: string): Promise<NewLink> {
      await auth.may(asked.who, 'links', sessionId)
      const { secret, hash } = auth.links.makeSecret()
      const now = clock.now()
      const [id, expiresAt] = [newId(), now + rest.LINK_LIVES[life]]
      const make: Statement = { sql: makeSql, params: [id, sessionId, hash, asked.who.userId, now, expiresAt, sessionId, now], changes: 1 }
      const audit = auth.audit(asked.who, 'session.link', { link_id: id, expires_at: expiresAt }, sessionId)
      const { outcome } = await channels.publish({ statements: [make, audit], events: [] })
      if (outcome !== 'committed') throw new Refused('CONFLICT', `a session has at most ${maxOpen} open links: take one back first`)
      return { link_id: id, url: `${origin}/l/${id}#${secret}`, expires_at: expiresAt }
    },
    async endLink(asked: Asked, sessionId: string, linkId: string): Promise<object> {
      await auth.may(asked.who, 'links', sessionId)
      const [link] = await storage.query('SELECT 1 FROM share_links WHERE id = ? AND session_id = ? AND revoked_at IS NULL', [linkId, sessionId])
      if (!link) throw notFound()
      const end: Statement = { sql: 'UPDATE share_links SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', params: [clock.now(), linkId], changes: 1 }
      const audit = auth.audit(asked.who, 'session.link_end', { link_id: linkId }, sessionId)
      await commitOrRefuse(channels, { statements: [end, audit], events: [], ...asked.answering({}) })
      auth.changed([linkReader(linkId)])
      return {}
    },
  }
}
