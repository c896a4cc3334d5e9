// What people are told of a session: the event in its own channel, and the copies that keep lists current.
import { sessionChannel, userChannel, workspaceChannel, type Session } from '#protocol'
import type { OutEvent } from '../channels/channels.ts'
import type { Storage } from '../storage/storage.ts'
import { listFields, type SessionRecord } from './session-record.ts'

export type SessionNews = ReturnType<typeof createSessionNews>

export function createSessionNews({ storage, trusted }: { storage: Pick<Storage, 'query'>; trusted: (workspaceId: string) => Promise<boolean> }) {
  async function participants(sessionId: string): Promise<{ user_id: string; name: string }[]> {
    const sql = `SELECT p.user_id, u.name FROM participants p JOIN users u ON u.id = p.user_id
      WHERE p.session_id = ? AND p.removed_at IS NULL AND u.deleted_at IS NULL ORDER BY p.hue`
    return storage.query(sql, [sessionId])
  }

  const fields = async (record: SessionRecord): Promise<Session> => listFields(record, await trusted(record.workspaceId))
  const event = (channel: string, data: Session): OutEvent => ({ channel, type: 'session', data })

  return {
    fields,
    /** Everybody concerned; `wasVisible` also tells the workspace that a session has just become private. */
    async changed(record: SessionRecord, wasVisible = false): Promise<OutEvent[]> {
      const data = await fields(record)
      const visible = wasVisible || record.visibility === 'workspace'
      const people = await participants(record.id)
      return [
        event(sessionChannel(record.id), data),
        ...people.map(({ user_id: userId }) => event(userChannel(userId), data)),
        // Those who only know it from the workspace learn that it is private now, and nothing else of it.
        ...(visible ? [event(workspaceChannel(record.workspaceId), record.visibility === 'private' ? { ...data, title: '', activity: null } : data)] : []),
      ]
    },
    /** One person's list gains a session. */
    async appears(record: SessionRecord, userId: string): Promise<OutEvent[]> {
      const channel = userChannel(userId)
      return [created(record, channel), event(channel, await fields(record))]
    },
    /** A new session, told before its own channel says anything. */
    async began(record: SessionRecord): Promise<OutEvent[]> {
      const data = await fields(record)
      const lists = [userChannel(record.ownerId), ...(record.visibility === 'workspace' ? [workspaceChannel(record.workspaceId)] : [])]
      return [
        ...lists.flatMap((channel) => [created(record, channel), event(channel, data)]),
        event(sessionChannel(record.id), data),
      ]
    },
    /** One person's list loses it. */
    disappears: (sessionId: string, person: { userId: string; username: string }, by: string | null): OutEvent =>
      left(userChannel(person.userId), sessionId, person, by),
    /** Everybody's list loses it: it was deleted. */
    async vanished(record: SessionRecord, by: { userId: string; name: string }): Promise<OutEvent[]> {
      const text = `${by.name} deleted this session`
      const said = { session_id: record.id, level: 'warn', source: 'relay', text, code: 'other', args: { deleted_by: by.name } }
      const people = await participants(record.id)
      return [
        { channel: sessionChannel(record.id), type: 'log', data: said },
        ...people.map(({ user_id: userId, name }) => left(userChannel(userId), record.id, { userId, username: name }, by.userId)),
        // The workspace has no roster to leave: there a session goes by becoming private.
        ...(record.visibility === 'workspace' ? [event(workspaceChannel(record.workspaceId), { ...(await fields(record)), visibility: 'private' as const })] : []),
      ]
    },
    /** In the session itself: somebody is in it no more. */
    left: (sessionId: string, person: { userId: string; username: string }, by: string | null): OutEvent =>
      left(sessionChannel(sessionId), sessionId, person, by),
    /** Only those who look at the session itself. */
    watchers: async (record: SessionRecord): Promise<OutEvent> => event(sessionChannel(record.id), await fields(record)),
  }
}

function left(channel: string, sessionId: string, { userId, username }: { userId: string; username: string }, by: string | null): OutEvent {
  return { channel, type: 'participant_left', data: { session_id: sessionId, user_id: userId, username, removed_by: by } }
}

function created({ id, workspaceId, title, ownerId, ownerName }: SessionRecord, channel: string): OutEvent {
  return { channel, type: 'session_created', data: { session_id: id, workspace_id: workspaceId, title, owner: { id: ownerId, name: ownerName } } }
}
