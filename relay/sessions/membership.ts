// Who is in a session: joining, inviting, removing, roles. A session never loses its last owner.
import { Refused, sessionChannel, type Participant, type SessionRole } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth } from '../auth/auth.ts'
import type { Identity } from '../auth/identity.ts'
import type { Channels, OutEvent } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { Part } from './begin-session.ts'
import { commitOrRefuse } from './commit.ts'
import { participantRows, type Card, type ParticipantRow } from './participant-rows.ts'
import type { SessionLanes } from './session-lanes.ts'
import type { SessionNews } from './session-news.ts'
import { type SessionRecord, updateStatement } from './session-record.ts'
import type { SessionRows } from './session-rows.ts'

type Dependencies = {
  storage: Pick<Storage, 'query'>
  channels: Pick<Channels, 'publish'>
  auth: Auth
  clock: Clock
  rows: SessionRows
  news: SessionNews
  lanes: SessionLanes
  lost: (sessionId: string, userIds: string[] | null) => void
}

const notFound = () => new Refused('NOT_FOUND', 'not found')
const lastOwner = () => new Refused('CONFLICT', 'a session keeps at least one owner: make somebody else an owner first')

export function createMembership({ storage, channels, auth, clock, rows, news, lanes, lost }: Dependencies) {
  const { cardOf, rowsOf } = participantRows(storage)

  /** In the lane. */
  async function recordOf(sessionId: string): Promise<SessionRecord> {
    const record = await rows.read(sessionId)
    if (!record || record.deletedAt !== null) throw notFound()
    return record
  }

  function entering(sessionId: string, card: Card, role: SessionRole, hue: number, again: boolean): { statements: Statement[]; joined: OutEvent } {
    const now = clock.now()
    const row: Statement = again
      ? {
          sql: 'UPDATE participants SET role = ?, joined_at = ?, removed_at = NULL, removed_by = NULL WHERE session_id = ? AND user_id = ?',
          params: [role, now, sessionId, card.id],
          changes: 1,
        }
      : {
          sql: 'INSERT INTO participants (session_id, user_id, role, hue, joined_at) SELECT id, ?, ?, next_hue, ? FROM sessions WHERE id = ? AND next_hue = ?',
          params: [card.id, role, now, sessionId, hue],
          changes: 1,
        }
    const taken: Statement[] = again ? [] : [{ sql: 'UPDATE sessions SET next_hue = next_hue + 1 WHERE id = ?', params: [sessionId], changes: 1 }]
    return { statements: [row, ...taken], joined: told(sessionId, card, role, hue, now) }
  }

  function told(sessionId: string, card: Card, role: SessionRole, hue: number, joinedAt: number): OutEvent {
    const shown: SessionRole = card.role === 'viewer' ? 'viewer' : role
    const data: Participant = { session_id: sessionId, user_id: card.id, username: card.name, role: shown, hue, joined_at: joinedAt }
    return { channel: sessionChannel(sessionId), type: 'participant_joined', data }
  }

  /** The owner named in lists is always one who is there. */
  function successor(record: SessionRecord, everyone: ParticipantRow[], leaving: string): ParticipantRow | null {
    if (record.ownerId !== leaving) return null
    return everyone.find((each) => each.active && each.role === 'owner' && each.userId !== leaving) ?? null
  }

  async function handedOver(record: SessionRecord, to: ParticipantRow | null, removing: string | null = null): Promise<Part> {
    if (!to) return { statements: [], events: [] }
    const statement = updateStatement(record.id, { ownerId: to.userId }, null)!
    return { statements: [statement], events: await news.changed({ ...record, ownerId: to.userId, ownerName: to.name }, { removing }) }
  }

  const keepsOwner = (everyone: ParticipantRow[], without: string) =>
    everyone.some((each) => each.active && each.role === 'owner' && each.userId !== without && each.globalRole !== 'viewer')

  async function joining(who: Identity, sessionId: string): Promise<Part> {
    if (await auth.isParticipant(who.userId, sessionId)) return { statements: [], events: [] }
    const record = await recordOf(sessionId)
    const everyone = await rowsOf(sessionId)
    const mine = everyone.find((each) => each.userId === who.userId)
    if (mine?.active) return { statements: [], events: [] }
    const card = await cardOf(who.userId)
    if (!card || (mine && who.role !== 'admin')) throw notFound()
    const role: SessionRole = card.role === 'viewer' ? 'viewer' : 'collaborator'
    const hue = mine?.hue ?? (await nextHue(sessionId))
    const { statements, joined } = entering(sessionId, card, role, hue, mine !== undefined)
    // Nobody invited them and the workspace does not show it to them: they came as an admin.
    const asAdmin = who.role === 'admin' && (mine !== undefined || record.visibility === 'private')
    const audit = asAdmin ? [auth.audit(who, 'session.join_as_admin', {}, sessionId)] : []
    return { statements: [...statements, ...audit], events: [joined, ...(await news.appears(record, who.userId))] }
  }

  async function nextHue(sessionId: string): Promise<number> {
    const [row] = await storage.query<{ next_hue: number }>('SELECT next_hue FROM sessions WHERE id = ?', [sessionId])
    return Number(row!.next_hue)
  }

  async function join(asked: Asked, sessionId: string): Promise<{ role: SessionRole }> {
    const role = await auth.may(asked.who, 'read', sessionId)
    return lanes.run(sessionId, async () => {
      const part = await joining(asked.who, sessionId)
      if (part.statements.length > 0) await commitOrRefuse(channels, { ...part, ...asked.answering({ role }) })
      return { role }
    })
  }

  /** In the lane: gives a role to somebody who is in the session or comes to be. */
  async function granting(record: SessionRecord, userId: string, wanted: SessionRole | null): Promise<Part> {
    const everyone = await rowsOf(record.id)
    const theirs = everyone.find((each) => each.userId === userId)
    const role = wanted ?? (theirs?.active ? theirs.role : 'collaborator')
    const card = await cardOf(userId)
    if (!card) throw notFound()
    if (!theirs?.active) {
      const { statements, joined } = entering(record.id, card, role, theirs?.hue ?? (await nextHue(record.id)), theirs !== undefined)
      return { statements, events: [joined, ...(await news.appears(record, userId))] }
    }
    if (theirs.role === role) return { statements: [], events: [] }
    if (theirs.role === 'owner' && !keepsOwner(everyone, userId)) throw lastOwner()
    const sql = 'UPDATE participants SET role = ? WHERE session_id = ? AND user_id = ? AND role = ? AND removed_at IS NULL'
    const changed: Statement = { sql, params: [role, record.id, userId, theirs.role], changes: 1 }
    const handed = await handedOver(record, successor(record, everyone, userId))
    return { statements: [changed, ...handed.statements], events: [told(record.id, card, role, theirs.hue, theirs.joinedAt), ...handed.events] }
  }

  async function invite(asked: Asked, sessionId: string, userId: string, role: SessionRole | null): Promise<object> {
    await auth.may(asked.who, 'invite', sessionId)
    return lanes.run(sessionId, async () => {
      const part = await granting(await recordOf(sessionId), userId, role)
      const audit = auth.audit(asked.who, 'session.invite', { user_id: userId, role }, sessionId)
      await commitOrRefuse(channels, { statements: [...part.statements, audit], events: part.events, ...asked.answering({}) })
      return {}
    })
  }

  async function setRole(asked: Asked, sessionId: string, userId: string, role: SessionRole): Promise<object> {
    await auth.may(asked.who, 'set_role', sessionId)
    return lanes.run(sessionId, async () => {
      const record = await recordOf(sessionId)
      const theirs = (await rowsOf(sessionId)).find((each) => each.userId === userId)
      if (!theirs?.active) throw notFound()
      const part = await granting(record, userId, role)
      const audit = auth.audit(asked.who, 'session.set_role', { user_id: userId, role }, sessionId)
      await commitOrRefuse(channels, { statements: [...part.statements, audit], events: part.events, ...asked.answering({}) })
      // What a viewer had waiting does not run any more.
      if (role === 'viewer') lost(sessionId, [userId])
      return {}
    })
  }

  async function leave(asked: Asked, sessionId: string): Promise<object> {
    const { who } = asked
    await auth.may(who, 'read', sessionId)
    await lanes.run(sessionId, async () => {
      const record = await recordOf(sessionId)
      const everyone = await rowsOf(sessionId)
      const mine = everyone.find((each) => each.userId === who.userId)
      if (!mine?.active) throw notFound()
      if (mine.role === 'owner' && !keepsOwner(everyone, who.userId)) throw lastOwner()
      // The row goes: who left by themselves may come back as far as the session is visible to them.
      const gone: Statement = { sql: 'DELETE FROM participants WHERE session_id = ? AND user_id = ?', params: [sessionId, who.userId], changes: 1 }
      await publishGone(asked, record, everyone, { userId: who.userId, username: mine.name }, null, [gone])
    })
    lost(sessionId, [who.userId])
    return {}
  }

  async function removePerson(asked: Asked, sessionId: string, userId: string): Promise<object> {
    const { who } = asked
    if (userId === who.userId) return leave(asked, sessionId)
    await auth.may(who, 'remove', sessionId)
    await lanes.run(sessionId, async () => {
      const record = await recordOf(sessionId)
      const everyone = await rowsOf(sessionId)
      const card = await cardOf(userId)
      const theirs = everyone.find((each) => each.userId === userId)
      if (!card || (theirs && !theirs.active)) throw notFound()
      if (theirs?.role === 'owner' && !keepsOwner(everyone, userId)) throw lastOwner()
      const now = clock.now()
      const gone: Statement[] = theirs
        ? [{ sql: 'UPDATE participants SET removed_at = ?, removed_by = ? WHERE session_id = ? AND user_id = ? AND removed_at IS NULL', params: [now, who.userId, sessionId, userId], changes: 1 }]
        : // Somebody who only sees it through the workspace is kept out by a row of their own.
          [
            ...entering(sessionId, card, 'viewer', await nextHue(sessionId), false).statements,
            { sql: 'UPDATE participants SET removed_at = ?, removed_by = ? WHERE session_id = ? AND user_id = ?', params: [now, who.userId, sessionId, userId], changes: 1 },
          ]
      const audit = auth.audit(who, 'session.remove_person', { user_id: userId }, sessionId)
      await publishGone(asked, record, everyone, { userId, username: card.name }, who.userId, [...gone, audit, news.veiled(record)])
    })
    lost(sessionId, [userId])
    return {}
  }

  async function publishGone(
    asked: Asked,
    record: SessionRecord,
    everyone: ParticipantRow[],
    person: { userId: string; username: string },
    by: string | null,
    statements: Statement[],
  ): Promise<void> {
    const handed = await handedOver(record, successor(record, everyone, person.userId), by === null ? null : person.userId)
    const events = [news.left(record.id, person, by), news.disappears(record.id, person, by), ...handed.events]
    await commitOrRefuse(channels, { statements: [...statements, ...handed.statements], events, ...asked.answering({}) })
  }

  return { join, joining, invite, setRole, leave, removePerson }
}
