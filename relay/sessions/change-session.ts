// Changes of a session's row: by a person, and, through `changing`, by whoever runs its turns.
import { sessionChannel, type SessionPatch } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { commitOrRefuse, notFound, type Part, type SessionParts, type SessionRunner } from './session-parts.ts'
import { listFields, type SessionChange, type SessionRecord, updateStatement } from './session-record.ts'

/** For the parts of a change that are not the whole answer to it. */
const unanswered = ({ who }: Asked): Asked => ({ who, answering: () => ({ committed: () => undefined }) })

const sameFields = (a: SessionRecord, b: SessionRecord) => JSON.stringify(listFields(a, true)) === JSON.stringify(listFields(b, true))

export function createChangeSession({ storage, channels, events, auth, clock, rows, news, lanes, lost, runner }: SessionParts & { runner: () => SessionRunner }) {
  async function known(sessionId: string): Promise<SessionRecord> {
    const record = await rows.read(sessionId)
    if (!record) throw notFound()
    return record
  }

  async function changing(sessionId: string, change: SessionChange): Promise<Part> {
    const before = await known(sessionId)
    const { touched, ...fields } = change
    const moves = touched || (fields.state !== undefined && fields.state !== before.state)
    const changes = { ...fields, ...(moves ? { updatedAt: clock.now() } : {}) }
    const statement = updateStatement(sessionId, changes)
    if (!statement) return { statements: [], events: [] }
    const after: SessionRecord = { ...before, ...changes }
    if (sameFields(before, after)) return { statements: [statement], events: [] }
    // What is in the trash is in nobody's list.
    const wasVisible = before.visibility === 'workspace'
    const veiled = wasVisible && after.visibility === 'private' ? [news.veiled(after)] : []
    const told = after.deletedAt === null ? await news.changed(after, { wasVisible }) : [await news.watchers(after)]
    return { statements: [statement, ...veiled], events: told }
  }

  /** Those who saw it because the workspace did. */
  async function lostToOutsiders(sessionId: string): Promise<void> {
    const inside = 'SELECT user_id FROM participants WHERE session_id = ? AND removed_at IS NULL'
    const sql = `SELECT id FROM users WHERE role <> 'admin' AND deleted_at IS NULL AND id NOT IN (${inside}) ORDER BY id`
    lost(sessionId, (await storage.query<{ id: string }>(sql, [sessionId])).map(({ id }) => id))
  }

  async function markRead(who: Asked['who'], sessionId: string, seq: number): Promise<void> {
    await auth.may(who, 'read', sessionId)
    const sql = `INSERT INTO reads (user_id, session_id, read_seq) VALUES (?, ?, ?)
      ON CONFLICT (user_id, session_id) DO UPDATE SET read_seq = excluded.read_seq WHERE reads.read_seq < excluded.read_seq`
    const readSeq = Math.min(seq, await events.top(sessionChannel(sessionId)))
    await storage.commit({ statements: [{ sql, params: [who.userId, sessionId, readSeq] }] })
  }

  /** Each part of it is checked before the first is done. */
  async function patch(asked: Asked, sessionId: string, request: SessionPatch): Promise<object> {
    const { who } = asked
    const { title, visibility, archived, model, permission_mode: mode, read_seq: readSeq } = request
    await auth.may(who, 'read', sessionId)
    if (title) await auth.may(who, 'rename', sessionId)
    if (visibility) await auth.may(who, 'set_visibility', sessionId)
    if (typeof archived === 'boolean') await auth.may(who, 'archive', sessionId)
    if (model) await runner().setModel(unanswered(asked), sessionId, model)
    if (mode) await runner().setPermissionMode(unanswered(asked), sessionId, mode)
    if (typeof readSeq === 'number') await markRead(who, sessionId, readSeq)
    const fields: SessionChange = {
      ...(title ? { title, titleSource: 'person' as const } : {}),
      ...(visibility ? { visibility } : {}),
      ...(typeof archived === 'boolean' ? { archivedAt: archived ? clock.now() : null } : {}),
    }
    if (Object.keys(fields).length === 0) return {}
    const audit = visibility || typeof archived === 'boolean' ? [auth.audit(who, 'session.change', { visibility, archived }, sessionId)] : []
    await lanes.run(sessionId, async () => {
      const part = await changing(sessionId, fields)
      await commitOrRefuse(channels, { statements: [...part.statements, ...audit], events: part.events, ...asked.answering({}) })
    })
    if (visibility === 'private') await lostToOutsiders(sessionId)
    return {}
  }

  return {
    changing,
    rename: (asked: Asked, sessionId: string, title: string) => patch(asked, sessionId, { title }),
    setVisibility: (asked: Asked, sessionId: string, visibility: 'workspace' | 'private') => patch(asked, sessionId, { visibility }),
    markRead,
    patch,
  }
}
