// One owner gives the session to somebody in it and stays as a collaborator: both in one commit, so that there is an owner at every moment.
import { Refused } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { commitOrRefuse } from '../channels/channels.ts'
import type { Statement } from '../storage/storage.ts'
import { joined, type Person } from './participants.ts'
import { notFound, type SessionParts } from './session-parts.ts'
import { updateStatement } from './session-record.ts'

const changeRoleSql = 'UPDATE participants SET role = ? WHERE session_id = ? AND user_id = ? AND role = ? AND removed_at IS NULL'

export function createHandOver({ channels, auth, rows, participants, news, lanes }: SessionParts) {
  const turned = (sessionId: string, { userId, role }: Person, to: 'owner' | 'collaborator'): Statement[] =>
    role === to ? [] : [{ sql: changeRoleSql, params: [to, sessionId, userId, role], changes: 1 }]

  return async function handOver(asked: Asked, sessionId: string, userId: string): Promise<object> {
    const { who } = asked
    await auth.may(who, 'set_role', sessionId)
    return lanes.run(sessionId, async () => {
      // They may have given it away while they waited.
      await auth.may(who, 'set_role', sessionId)
      const record = await rows.read(sessionId)
      if (!record || record.deletedAt !== null) throw notFound()
      const here = (await participants.everyone(sessionId)).filter(({ active }) => active)
      const owners = here.filter(({ role }) => role === 'owner')
      const to = here.find((each) => each.userId === userId)
      // An admin who is no owner here gives what is the named owner's.
      const from = owners.find((each) => each.userId === who.userId) ?? owners.find((each) => each.userId === record.ownerId)
      if (!to || !from) throw notFound()
      if (to.userId === from.userId) throw new Refused('CONFLICT', 'this person owns the session already', { details: { reason: 'owns' } })
      if (to.globalRole === 'viewer') throw new Refused('CONFLICT', 'a viewer of this relay can own no session', { details: { reason: 'viewer' } })
      const named = record.ownerId === from.userId ? { ownerId: to.userId } : null
      const statements = [
        // First: the audit looks at who may what before this commit.
        auth.audit(who, 'session.hand_over', { from: from.userId, to: to.userId }, sessionId),
        ...turned(sessionId, to, 'owner'),
        ...turned(sessionId, from, 'collaborator'),
        ...(named ? [updateStatement(sessionId, named)!] : []),
      ]
      const told = [joined(sessionId, { ...to, role: 'owner' }), joined(sessionId, { ...from, role: 'collaborator' })]
      const listed = named ? await news.changed({ ...record, ...named, ownerName: to.name }) : []
      await commitOrRefuse(channels, { statements, events: [...told, ...listed], ...asked.answering({}) })
      return {}
    })
  }
}
