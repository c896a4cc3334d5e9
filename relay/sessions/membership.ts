// Who is in a session: joining, inviting, removing, roles. A session never loses its last owner.
import { ENTERING_SCOPE, Refused, type SessionRole } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { refuseOutOfScope, type Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Part } from '../channels/channels.ts'
import type { Statement } from '../storage/storage.ts'
import { joined, type Person } from './participants.ts'
import { notFound, type SessionParts } from './session-parts.ts'
import { type SessionRecord, updateStatement } from './session-record.ts'

const nothing: Part = { statements: [], events: [] }
const changeRoleSql = 'UPDATE participants SET role = ? WHERE session_id = ? AND user_id = ? AND role = ? AND removed_at IS NULL'
const removeSql = 'UPDATE participants SET removed_at = ?, removed_by = ? WHERE session_id = ? AND user_id = ? AND removed_at IS NULL'

/** Whose name is told, and what takes them out. */
type Going = (everyone: Person[], record: SessionRecord) => Promise<{ name: string; statements: Statement[] }>

function keepAnOwner(everyone: Person[], without: string): void {
  const isKept = everyone.some((each) => each.active && each.role === 'owner' && each.userId !== without && each.globalRole !== 'viewer')
  if (!isKept) throw new Refused('CONFLICT', 'a session keeps at least one owner: make somebody else an owner first')
}

export function createMembership({ channels, auth, clock, rows, participants, news, lanes, lost }: SessionParts) {
  /** In the lane. */
  async function recordOf(sessionId: string): Promise<SessionRecord> {
    const record = await rows.read(sessionId)
    if (!record || record.deletedAt !== null) throw notFound()
    return record
  }

  /** The owner named in lists is always one who is there. */
  async function handedOver(record: SessionRecord, everyone: Person[], leaving: string, removing: string | null = null): Promise<Part> {
    const to = everyone.find((each) => each.active && each.role === 'owner' && each.userId !== leaving)
    if (record.ownerId !== leaving || !to) return nothing
    const statement = updateStatement(record.id, { ownerId: to.userId })!
    return { statements: [statement], events: await news.changed({ ...record, ownerId: to.userId, ownerName: to.name }, { removing }) }
  }

  /** In the lane: what a prompt's own commit needs, too. Empty when the asker is a member. */
  async function joining(who: Identity, sessionId: string): Promise<Part> {
    if (await auth.isParticipant(who.userId, sessionId)) return nothing
    // Perhaps they waited behind somebody who made it private.
    await auth.sees(who, sessionId)
    const record = await recordOf(sessionId)
    const mine = (await participants.everyone(sessionId)).find((each) => each.userId === who.userId)
    if (mine?.active) return nothing
    const card = await participants.cardOf(who.userId)
    if (!card || (mine && who.role !== 'admin')) throw notFound()
    const { statements, told } = await participants.entering(sessionId, card, card.role === 'viewer' ? 'viewer' : 'collaborator', mine)
    // Nobody invited them and the workspace does not show it to them: they came as an admin.
    const asAdmin = who.role === 'admin' && (mine !== undefined || record.visibility === 'private')
    const audit = asAdmin ? [auth.audit(who, 'session.join_as_admin', {}, sessionId)] : []
    return { statements: [...statements, ...audit], events: [told, ...(await news.appears(record, who.userId))] }
  }

  async function join(asked: Asked, sessionId: string): Promise<{ role: SessionRole }> {
    const role = await auth.sees(asked.who, sessionId)
    return lanes.run(sessionId, async () => {
      const part = await joining(asked.who, sessionId)
      if (part.statements.length === 0) return { role }
      refuseOutOfScope(asked.who, ENTERING_SCOPE)
      await commitOrRefuse(channels, { ...part, ...asked.answering({ role }) })
      return { role }
    })
  }

  /** Gives a role to somebody who is in the session or comes to be. `effective`: what they can do with it; an account that is a viewer can never do more than view. */
  async function granting(record: SessionRecord, userId: string, wanted: SessionRole | null, everyone: Person[]): Promise<Part & { effective: SessionRole }> {
    const theirs = everyone.find((each) => each.userId === userId)
    const role = wanted ?? (theirs?.active ? theirs.role : 'collaborator')
    const card = await participants.cardOf(userId)
    if (!card) throw notFound()
    const effective = card.role === 'viewer' ? 'viewer' : role
    if (!theirs?.active) {
      const { statements, told } = await participants.entering(record.id, card, role, theirs)
      return { effective, statements, events: [told, ...(await news.appears(record, userId))] }
    }
    if (theirs.role === role) return { ...nothing, effective }
    if (theirs.role === 'owner') keepAnOwner(everyone, userId)
    const changed: Statement = { sql: changeRoleSql, params: [role, record.id, userId, theirs.role], changes: 1 }
    const handed = await handedOver(record, everyone, userId)
    return { effective, statements: [changed, ...handed.statements], events: [joined(record.id, { ...theirs, role }), ...handed.events] }
  }

  async function grant(asked: Asked, sessionId: string, userId: string, role: SessionRole | null, action: 'invite' | 'set_role'): Promise<{ role: SessionRole }> {
    await auth.may(asked.who, action, sessionId)
    return lanes.run(sessionId, async () => {
      // A right can be lost while one waits.
      await auth.may(asked.who, action, sessionId)
      const record = await recordOf(sessionId)
      const everyone = await participants.everyone(sessionId)
      if (action === 'set_role' && !everyone.some((each) => each.userId === userId && each.active)) throw notFound()
      const { effective, statements, events } = await granting(record, userId, role, everyone)
      const result = { role: effective }
      const audit = auth.audit(asked.who, `session.${action}`, { user_id: userId, role }, sessionId)
      await commitOrRefuse(channels, { statements: [audit, ...statements], events, ...asked.answering(result) })
      // What a viewer had waiting does not run any more.
      if (role === 'viewer') lost(sessionId, [userId])
      return result
    })
  }

  async function leave(asked: Asked, sessionId: string): Promise<object> {
    const { who } = asked
    await auth.sees(who, sessionId)
    return goes(asked, sessionId, who.userId, async (everyone) => {
      const mine = everyone.find((each) => each.userId === who.userId)
      if (!mine?.active) throw notFound()
      // The row goes: who left by themselves may come back as far as the session is visible to them.
      const gone: Statement = { sql: 'DELETE FROM participants WHERE session_id = ? AND user_id = ?', params: [sessionId, who.userId], changes: 1 }
      return { name: mine.name, statements: [gone] }
    })
  }

  async function removePerson(asked: Asked, sessionId: string, userId: string): Promise<object> {
    const { who } = asked
    if (userId === who.userId) return leave(asked, sessionId)
    await auth.may(who, 'remove', sessionId)
    return goes(asked, sessionId, userId, async (everyone, record) => {
      await auth.may(who, 'remove', sessionId)
      const card = await participants.cardOf(userId)
      const theirs = everyone.find((each) => each.userId === userId)
      if (!card || (theirs && !theirs.active)) throw notFound()
      // Somebody who only sees it through the workspace is kept out by a row of their own.
      const row = theirs ? [] : (await participants.entering(sessionId, card, 'viewer', undefined)).statements
      const gone: Statement = { sql: removeSql, params: [clock.now(), who.userId, sessionId, userId], changes: 1 }
      return { name: card.name, statements: [...row, gone, auth.audit(who, 'session.remove_person', { user_id: userId }, sessionId), news.veiled(record)] }
    })
  }

  async function goes(asked: Asked, sessionId: string, userId: string, going: Going): Promise<object> {
    await lanes.run(sessionId, async () => {
      const record = await recordOf(sessionId)
      const everyone = await participants.everyone(sessionId)
      const { name, statements } = await going(everyone, record)
      if (everyone.some((each) => each.userId === userId && each.role === 'owner')) keepAnOwner(everyone, userId)
      const by = userId === asked.who.userId ? null : asked.who.userId
      const handed = await handedOver(record, everyone, userId, by === null ? null : userId)
      const person = { userId, username: name }
      const events = [news.left(record.id, person, by), news.disappears(record.id, person, by), ...handed.events]
      await commitOrRefuse(channels, { statements: [...statements, ...handed.statements], events, ...asked.answering({}) })
    })
    lost(sessionId, [userId])
    return {}
  }

  return {
    join,
    joining,
    /** Without a role: collaborator, or the role they have already. */
    invite: (asked: Asked, sessionId: string, userId: string, role: SessionRole | null) => grant(asked, sessionId, userId, role, 'invite'),
    setRole: (asked: Asked, sessionId: string, userId: string, role: SessionRole) => grant(asked, sessionId, userId, role, 'set_role'),
    leave,
    removePerson,
  }
}
