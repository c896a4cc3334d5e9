// A7: whatever an admin does in somebody else's session by the rights of an admin alone leaves a row that says so.
import { expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada, grace } = await sharedExecutions()

type Row = { action: string; username: string; as_admin: number; detail: string }
const rowsOf = async (sessionId: string) =>
  (await rig.rows<Row>('SELECT action, username, as_admin, detail FROM audit WHERE session_id = ? ORDER BY id', [sessionId])).map(({ action, username, as_admin, detail }) => ({ username, asAdmin: Number(as_admin) === 1, action, of: JSON.parse(detail).action as string | undefined }))
const actsOf = async (sessionId: string) => (await rowsOf(sessionId)).filter(({ username, asAdmin }) => username === 'Ada' && asAdmin).map(({ action, of }) => of ?? action)

/** Of Grace, private, with a turn that runs and two prompts that wait. */
async function privateSession(prompt: string) {
  const gate = createGate()
  rig.when(prompt).hold(gate).say('never')
  const { session_id, execution_id } = await grace.prompt(prompt)
  await gate.reached
  await grace.command({ session_id, command: 'set_visibility', args: { visibility: 'private' } })
  const first = await grace.prompt('the first that waits', { session_id })
  const second = await grace.prompt('the second that waits', { session_id })
  return { session_id, execution_id, heard: await rig.session(session_id), first, second }
}

test('A7 commands, changes and other people\'s waiting prompts: each action is named once, and nothing of the owner\'s', async () => {
  const { session_id, execution_id, heard, first, second } = await privateSession('hold for the admin')
  await ada.queue({ session_id, message_id: second.message_id, action: 'move', before: first.message_id })
  await ada.queue({ session_id, message_id: first.message_id, action: 'cancel' })
  await ada.command({ session_id, command: 'interrupt', args: { execution_id } })
  await heard.state('held')
  await ada.command({ session_id, command: 'hold' })
  await ada.queue({ session_id, message_id: second.message_id, action: 'cancel' })
  await ada.command({ session_id, command: 'rename', args: { title: 'Renamed by an admin' } })
  await ada.command({ session_id, command: 'set_model', args: { model: 'claude-sonnet-4-5' } })
  await ada.command({ session_id, command: 'clear' })
  await ada.refused(ada.command({ session_id, command: 'compact' }))
  const acts = await actsOf(session_id)
  // Their own rows, and one for each of the others, however often.
  expect(acts.toSorted()).toEqual(['compact', 'continue', 'interrupt', 'queue_cancel', 'queue_move', 'session.clear', 'session.read', 'session.rename', 'set_model'])
  expect((await rowsOf(session_id)).filter(({ username }) => username === 'Grace')).toEqual([expect.objectContaining({ action: 'session.change', asAdmin: false })])
})

test('A7 clear and rewind are audited for whoever does them, also a prompt that clears; what a member may is no admin\'s right', async () => {
  rig.when('a start').say('done')
  const { session_id, message_id, execution_id } = await grace.prompt('a start')
  const heard = await rig.session(session_id)
  await heard.task('completed', execution_id)
  await ada.command({ session_id, command: 'rewind', args: { message_id } })
  await ada.command({ session_id, command: 'set_model', args: { model: 'claude-sonnet-4-5' } })
  await grace.command({ session_id, command: 'clear' })
  const cleared = await grace.prompt('/clear', { session_id })
  await heard.task('completed', cleared.execution_id)
  expect((await rowsOf(session_id)).map(({ username, action, asAdmin }) => [username, action, asAdmin])).toEqual([
    ['Ada', 'session.rewind', false],
    ['Grace', 'session.clear', false],
    ['Grace', 'session.clear', false],
  ])
})
