// A right that is lost while somebody waits in a session's lane is lost for what waits there.
import { expect, test } from 'bun:test'
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
