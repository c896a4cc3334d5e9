// Changes of a session's row, for whoever commits them: a person's patch, or a turn.
import type { Part } from '../channels/channels.ts'
import { notFound, type SessionParts } from './session-parts.ts'
import { listFields, type SessionChange, type SessionRecord, updateStatement } from './session-record.ts'

const sameFields = (a: SessionRecord, b: SessionRecord) => JSON.stringify(listFields(a, true)) === JSON.stringify(listFields(b, true))

/** A change of the row with the `session` events that follow from it; none when no list field changed. Works in the trash, too. */
export function createChangeSession({ clock, rows, news }: Pick<SessionParts, 'clock' | 'rows' | 'news'>) {
  return async function changing(sessionId: string, change: SessionChange): Promise<Part> {
    const before = await rows.read(sessionId)
    if (!before) throw notFound()
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
}
