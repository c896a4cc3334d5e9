// What people are told of a session: the event in its own channel, and the copies that keep lists current.
import { sessionChannel, userChannel, workspaceChannel, type Session } from '#protocol'
import { belongsToWorkspace } from '../auth/auth.ts'
import type { OutEvent } from '../channels/channels.ts'
import { blankAbout } from '../events/events.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Participants } from './participants.ts'
import { listFields, type SessionRecord } from './session-record.ts'

export type SessionNews = ReturnType<typeof createSessionNews>

type Dependencies = { storage: Pick<Storage, 'query'>; participants: Participants; trusted: (workspaceId: string) => Promise<boolean> }

export function createSessionNews({ storage, participants, trusted }: Dependencies) {
  const present = async (sessionId: string) => (await participants.everyone(sessionId)).filter(({ active }) => active)

  /** Somebody was removed whom the workspace's channel would still tell of the session. */
  async function keepsSomebodyOut(sessionId: string): Promise<boolean> {
    const sql = `SELECT 1 FROM participants p JOIN users u ON u.id = p.user_id
      WHERE p.session_id = ? AND p.removed_at IS NOT NULL AND u.deleted_at IS NULL AND u.role <> 'admin' LIMIT 1`
    return (await storage.query(sql, [sessionId])).length > 0
  }

  /**
   * Where those hear of it who only see it because the workspace does: in its channel, or, when that would reach
   * somebody who was removed, each in their own.
   */
  async function onlookers(record: SessionRecord, removing: string | null): Promise<string[]> {
    if (removing === null && !(await keepsSomebodyOut(record.id))) return [workspaceChannel(record.workspaceId)]
    const sql = `SELECT u.id FROM users u JOIN workspaces w ON w.id = ? LEFT JOIN participants p ON p.session_id = ? AND p.user_id = u.id
      WHERE u.deleted_at IS NULL AND u.id <> ? AND (p.user_id IS NULL OR (p.removed_at IS NOT NULL AND u.role = 'admin'))
        AND (u.role = 'admin' OR (w.removed_at IS NULL AND ${belongsToWorkspace('u.id')})) ORDER BY u.id`
    const found = await storage.query<{ id: string }>(sql, [record.workspaceId, record.id, removing ?? ''])
    return found.map(({ id }) => userChannel(id))
  }

  const fields = async (record: SessionRecord): Promise<Session> => listFields(record, await trusted(record.workspaceId))
  const event = (channel: string, data: Session): OutEvent => ({ channel, type: 'session', data })

  return {
    /** Everybody concerned. `wasVisible`: to the workspace, until now; `removing`: who is removed in this commit. */
    async changed(record: SessionRecord, { wasVisible = false, removing = null }: { wasVisible?: boolean; removing?: string | null } = {}): Promise<OutEvent[]> {
      const data = await fields(record)
      const visible = record.visibility === 'workspace'
      const people = (await present(record.id)).filter((each) => each.userId !== removing)
      const outside = visible || wasVisible ? await onlookers(record, removing) : []
      return [
        event(sessionChannel(record.id), data),
        ...people.map(({ userId }) => event(userChannel(userId), data)),
        ...outside.map((channel) => event(channel, visible ? data : veilOf(record))),
      ]
    },
    /** What was told in the workspace says nothing of the session any more, to whoever reads it from now on. */
    veiled: (record: SessionRecord): Statement => blankAbout(workspaceChannel(record.workspaceId), record.id, event('', veilOf(record))),
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
      const people = await present(record.id)
      return [
        { channel: sessionChannel(record.id), type: 'log', data: said },
        ...people.map(({ userId, name }) => left(userChannel(userId), record.id, { userId, username: name }, by.userId)),
        // The workspace has no roster to leave: there a session goes by becoming private.
        ...(record.visibility === 'workspace' ? (await onlookers(record, null)).map((channel) => event(channel, veilOf(record))) : []),
      ]
    },
    /** It came back from the trash: its own channel says so, after the line that it was deleted. */
    returned(record: SessionRecord, by: { name: string }): OutEvent {
      const said = { session_id: record.id, level: 'info', source: 'relay', text: `${by.name} brought this session back`, code: 'other', args: { restored_by: by.name } }
      return { channel: sessionChannel(record.id), type: 'log', data: said }
    },
    /** In the session itself: somebody is in it no more. */
    left: (sessionId: string, person: { userId: string; username: string }, by: string | null): OutEvent =>
      left(sessionChannel(sessionId), sessionId, person, by),
    /** Only those who look at the session itself. */
    watchers: async (record: SessionRecord): Promise<OutEvent> => event(sessionChannel(record.id), await fields(record)),
  }
}

/** All that those learn who may not see it: whoever knows the session asks for it again, and finds it or not. */
const veilOf = ({ id, workspaceId }: SessionRecord): Session => ({
  session_id: id,
  workspace_id: workspaceId,
  title: '',
  owner_id: 'nobody',
  owner_name: '',
  visibility: 'private',
  state: 'idle',
  permission_mode: 'default',
  created_at: 0,
  updated_at: 0,
  archived: false,
  trusted: false,
})

function left(channel: string, sessionId: string, { userId, username }: { userId: string; username: string }, by: string | null): OutEvent {
  return { channel, type: 'participant_left', data: { session_id: sessionId, user_id: userId, username, removed_by: by } }
}

function created({ id, workspaceId, title, ownerId, ownerName }: SessionRecord, channel: string): OutEvent {
  return { channel, type: 'session_created', data: { session_id: id, workspace_id: workspaceId, title, owner: { id: ownerId, name: ownerName } } }
}
