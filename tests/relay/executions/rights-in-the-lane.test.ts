// A right that is lost while somebody waits in a session's lane is lost for what waits there.
import { expect, test } from 'bun:test'
import type { Asked } from '../../../relay/answers/answers.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, grace } = await sharedExecutions()

test('who became a viewer while their prompt, command and note waited does none of it', async () => {
  const jun = await rig.person('Jun')
  rig.when('begin').say('begun')
  const { session_id } = await grace.prompt('begin')
  await (await rig.session(session_id)).task('completed')
  await jun.command({ session_id, command: 'note', args: { content: 'here' } })
  const lane = Promise.withResolvers<void>()
  const held = rig.sessions.lane(session_id, () => lane.promise)
  const waiting = [jun.prompt('too late', { session_id }), jun.command({ session_id, command: 'hold' }), jun.command({ session_id, command: 'note', args: { content: 'too late as well' } })].map((each) => jun.refused(each))
  // What they ask the database before the lane is answered before these.
  for (let n = 0; n < 10; n++) await rig.rows('SELECT 1 AS one')
  await rig.storage.commit({ statements: [{ sql: "UPDATE participants SET role = 'viewer' WHERE session_id = ? AND user_id = ?", params: [session_id, jun.userId], changes: 1 }] })
  lane.resolve()
  await held
  expect((await Promise.all(waiting)).map((refusal) => refusal?.code)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'])
  expect(await rig.rows('SELECT id FROM executions WHERE session_id = ?', [session_id])).toHaveLength(1)
})

test('who stops being an owner while they wait invites, demotes, removes, deletes, erases and restores nothing', async () => {
  const [hana, iris] = [await rig.person('Hana'), await rig.person('Iris')]
  const asked: Asked = { who: grace, answering: () => ({ committed: () => undefined }) }
  const { session_id } = await rig.begin(grace)
  const trashed = await rig.begin(grace)
  const { sessions } = rig
  for (const id of [session_id, trashed.session_id]) await sessions.invite(asked, id, hana.userId, 'owner')
  await sessions.remove(asked, trashed.session_id, { purge: false })
  const held = Promise.withResolvers<void>()
  const lanes = [session_id, trashed.session_id].map((id) => sessions.lane(id, () => held.promise))
  const waiting = [
    sessions.invite(asked, session_id, iris.userId, 'owner'),
    sessions.setRole(asked, session_id, hana.userId, 'viewer'),
    sessions.removePerson(asked, session_id, hana.userId),
    sessions.remove(asked, session_id, { purge: false }),
    sessions.restore(asked, trashed.session_id),
    sessions.remove(asked, trashed.session_id, { purge: true }),
  ].map((each) => grace.refused(each))
  for (let n = 0; n < 20; n++) await rig.rows('SELECT 1 AS one')
  await rig.storage.commit({ statements: [{ sql: "UPDATE participants SET role = 'collaborator' WHERE user_id = ?", params: [grace.userId] }] })
  held.resolve()
  await Promise.all(lanes)
  expect((await Promise.all(waiting)).map((refusal) => refusal?.code)).toEqual(waiting.map(() => 'FORBIDDEN'))
  const people = await rig.rows('SELECT p.role, p.removed_at, s.deleted_at FROM participants p JOIN sessions s ON s.id = p.session_id WHERE p.session_id = ? AND p.user_id != ?', [session_id, grace.userId])
  expect(people).toEqual([{ role: 'owner', removed_at: null, deleted_at: null }])
  expect(await rig.rows('SELECT id FROM sessions WHERE id = ? AND deleted_at IS NOT NULL', [trashed.session_id])).toHaveLength(1)
})
