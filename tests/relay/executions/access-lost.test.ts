// Waiting prompts of people who may not be in the session any more never run.
import { expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada } = await sharedExecutions()

/** A turn runs, and somebody's prompt and one of Ada's wait behind it. */
async function waitingBehind(words: string, name: string) {
  const person = await rig.person(name)
  const gate = createGate()
  rig.when(words).hold(gate).say('done')
  const { session_id, execution_id } = await ada.prompt(words)
  const heard = await rig.session(session_id)
  await gate.reached
  const theirs = await person.prompt(`from ${name}`, { session_id })
  const steer = await person.prompt(`also from ${name}`, { session_id })
  const others = await ada.prompt('from Ada', { session_id })
  const seen = async () => {
    await heard.task('cancelled', theirs.execution_id)
    await heard.task('cancelled', steer.execution_id)
    expect(heard.of('queue').at(-1)!.items.map((each: { content: string }) => each.content)).toEqual(['from Ada'])
    gate.open()
    await heard.task('completed', execution_id)
    await heard.task('completed', others.execution_id)
    expect(heard.of('message').map(({ content }) => content)).toEqual([words, 'from Ada'])
  }
  return { session_id, person, seen }
}

test('of somebody who was removed from the session', async () => {
  const { session_id, person, seen } = await waitingBehind('hold while Rem is removed', 'Rem')
  await rig.sessions.removePerson({ who: ada, answering: () => ({ committed: () => undefined }) }, session_id, person.userId)
  await seen()
})

test('of somebody who becomes a viewer, by a new role or by another invitation', async () => {
  const asked = { who: ada, answering: () => ({ committed: () => undefined }) }
  const given = await waitingBehind('hold while Vi is made a viewer', 'Vi')
  await rig.sessions.setRole(asked, given.session_id, given.person.userId, 'viewer')
  await given.seen()
  const invited = await waitingBehind('hold while Vin is invited again', 'Vin')
  await rig.sessions.invite(asked, invited.session_id, invited.person.userId, 'viewer')
  await invited.seen()
})

test('of those who are outside when a session becomes private', async () => {
  const { session_id, person, seen } = await waitingBehind('hold while Out is shut out', 'Out')
  // Whoever has prompted is a participant and stays; who only has a membership row gone is an outsider.
  await rig.storage.commit({ statements: [{ sql: 'DELETE FROM participants WHERE session_id = ? AND user_id = ?', params: [session_id, person.userId] }] })
  await ada.command({ session_id, command: 'set_visibility', args: { visibility: 'private' } })
  await seen()
})

test('of a user who was deleted', async () => {
  const { seen } = await waitingBehind('hold while Del is deleted', 'Del')
  await rig.auth.accounts.remove('Del')
  await seen()
})
