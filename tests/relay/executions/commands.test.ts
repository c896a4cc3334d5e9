// Commands to a session: forget, go back, compact, how Claude works, notes, forks.
import { expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada, grace } = await sharedExecutions()

/** Everything that the model was shown with the last request for this prompt. */
const shownWith = (prompt: string) => JSON.stringify(rig.api.requests.findLast((request) => request.kind === 'turn' && request.prompt.includes(prompt))?.body.messages ?? [])

async function answered(content: string) {
  const prompted = await ada.prompt(content)
  const heard = await rig.session(prompted.session_id)
  await heard.task('completed', prompted.execution_id)
  return { ...prompted, heard }
}

test('N1 clear drops the context, keeps timeline and queue, and is for owners', async () => {
  const { heard, session_id } = await answered('remember the word kumquat')
  const gate = createGate()
  rig.when('hold before clear').hold(gate).say('never')
  const held = await ada.prompt('hold before clear', { session_id })
  await gate.reached
  await ada.prompt('what was the word', { session_id })
  expect((await ada.refused(ada.command({ session_id, command: 'clear' })))?.code).toBe('CONFLICT')
  await ada.command({ session_id, command: 'interrupt', args: { execution_id: held.execution_id } })
  await heard.state('held')
  expect((await grace.refused(grace.command({ session_id, command: 'clear' })))?.code).toBe('FORBIDDEN')
  expect((await grace.refused(grace.prompt('/clear', { session_id })))?.code).toBe('FORBIDDEN')
  await ada.command({ session_id, command: 'clear' })
  expect(await heard.log('cleared')).toMatchObject({ args: { username: 'Ada' } })
  expect((await rig.executions.queueOf(session_id)).items.map((each) => each.content)).toEqual(['what was the word'])
  await ada.command({ session_id, command: 'continue' })
  await heard.message('what was the word')
  await heard.state('idle')
  expect(shownWith('what was the word')).not.toContain('kumquat')
  expect(heard.of('message').map((each) => each.content)).toContain('remember the word kumquat')
})

test('rewind goes back to before a prompt: the conversation forgets, the timeline does not', async () => {
  const { heard, session_id } = await answered('first there was alpha')
  const second = await ada.prompt('then came beta', { session_id })
  await heard.task('completed', second.execution_id)
  const third = await ada.prompt('then gamma', { session_id })
  await heard.task('completed', third.execution_id)
  const result = await grace.command({ session_id, command: 'rewind', args: { message_id: second.message_id, content: 'then came delta' } })
  await heard.task('completed', result.execution_id)
  const shown = shownWith('then came delta')
  expect(shown).toContain('first there was alpha')
  expect(shown).not.toContain('then came beta')
  expect(shown).not.toContain('then gamma')
  expect(await heard.log('rewound')).toMatchObject({ args: { message_id: second.message_id, username: 'Grace' } })
  expect(heard.of('message').map((each) => each.content)).toEqual(['first there was alpha', 'then came beta', 'then gamma', 'then came delta'])
  // And on from there, then back again to the very beginning.
  const on = await ada.prompt('and epsilon', { session_id })
  await heard.task('completed', on.execution_id)
  expect(shownWith('and epsilon')).toContain('then came delta')
  expect(shownWith('and epsilon')).not.toContain('then came beta')
  await ada.command({ session_id, command: 'rewind', args: { message_id: heard.of('message')[0]!.message_id } })
  const anew = await ada.prompt('a new start', { session_id })
  await heard.task('completed', anew.execution_id)
  expect(shownWith('a new start')).not.toContain('alpha')
  expect((await ada.refused(ada.command({ session_id, command: 'rewind', args: { message_id: 'nothing' } })))?.code).toBe('NOT_FOUND')
})

test('Q4 a prompt that is edited keeps its files, or has those that are named', async () => {
  const upload = (name: string, text: string) => ada.upload(name, 'text/plain', Buffer.from(text))
  const named = (message: Record<string, any>) => message.attachments.map((each: { filename: string }) => each.filename)
  const first = await upload('first.txt', 'the first file says quince')
  const { heard, session_id, message_id, ...asked } = await ada.prompt('read the file', { attachments: [first] }).then(async (prompted) => ({ ...prompted, heard: await rig.session(prompted.session_id) }))
  await heard.task('completed', asked.execution_id)
  const again = await grace.command({ session_id, command: 'rewind', args: { message_id, content: 'read it once more' } })
  await heard.task('completed', again.execution_id)
  expect(named(await heard.message('read it once more'))).toEqual(['first.txt'])
  expect(shownWith('read it once more')).toContain('the first file says quince')
  const loose = await upload('second.txt', 'the second file says medlar')
  expect((await grace.refused(grace.command({ session_id, command: 'rewind', args: { message_id: again.message_id, content: 'x', attachments: [loose] } })))?.code).toBe('NOT_FOUND')
  const both = await ada.command({ session_id, command: 'rewind', args: { message_id: again.message_id, content: 'read both of them', attachments: [first, loose] } })
  await heard.task('completed', both.execution_id)
  expect(named(await heard.message('read both of them'))).toEqual(['first.txt', 'second.txt'])
  expect(shownWith('read both of them')).toContain('the second file says medlar')
  const none = await ada.command({ session_id, command: 'rewind', args: { message_id: both.message_id, content: 'read nothing at all', attachments: [] } })
  await heard.task('completed', none.execution_id)
  expect(named(await heard.message('read nothing at all'))).toEqual([])
  // The same while it waits.
  const gate = createGate()
  rig.when('hold the file readers').hold(gate).say('done')
  await ada.prompt('hold the file readers', { session_id })
  await gate.reached
  const waiting = await ada.prompt('a file that waits', { session_id, attachments: [first] })
  await ada.queue({ session_id, message_id: waiting.message_id, action: 'edit', content: 'it still waits' })
  expect((await rig.executions.queueOf(session_id)).items.map(named)).toEqual([['first.txt']])
  await ada.queue({ session_id, message_id: waiting.message_id, action: 'edit', content: 'two that wait', attachments: [first, loose] })
  expect((await rig.executions.queueOf(session_id)).items.map(named)).toEqual([['first.txt', 'second.txt']])
  expect((await rig.rows<{ attachments: string }>('SELECT attachments FROM queued_prompts WHERE session_id = ?', [session_id]))[0]!.attachments).toContain('second.txt')
  gate.open()
  await heard.task('completed', waiting.execution_id)
  expect(shownWith('two that wait')).toContain('medlar')
})

test('a fork goes on from where it branched, and the original does not notice', async () => {
  const { heard, session_id } = await answered('the trunk knows oak')
  const later = await ada.prompt('the trunk learns pine', { session_id })
  await heard.task('completed', later.execution_id)
  const end = heard.frames.find((frame) => frame.type === 'task' && frame.data.status === 'completed')!
  const forked = await grace.command({ session_id, command: 'fork', args: { at_seq: end.seq } })
  const branch = await rig.session(forked.session_id)
  const prompted = await grace.prompt('what does the twig know', { session_id: forked.session_id })
  await branch.task('completed', prompted.execution_id)
  expect(shownWith('what does the twig know')).toContain('the trunk knows oak')
  expect(shownWith('what does the twig know')).not.toContain('pine')
  const again = await ada.prompt('what does the trunk know', { session_id })
  await heard.task('completed', again.execution_id)
  expect(shownWith('what does the trunk know')).toContain('pine')
  expect(shownWith('what does the trunk know')).not.toContain('twig')
})

test('compact runs as a turn of its own and the conversation goes on', async () => {
  const { heard, session_id } = await answered('a long story to be shortened')
  const { execution_id } = await grace.command({ session_id, command: 'compact' })
  await heard.task('completed', execution_id)
  await heard.log('compacted')
  expect(heard.of('message')).toHaveLength(1)
  const on = await ada.prompt('after compacting', { session_id })
  await heard.task('completed', on.execution_id)
  const fresh = await ada.prompt('not said anywhere yet')
  expect((await ada.refused(ada.command({ session_id: fresh.session_id, command: 'compact' })))).toMatchObject({ code: 'CONFLICT', options: { details: { reason: 'turn_running' } } })
  await ada.command({ session_id, command: 'clear' })
  expect(await ada.refused(ada.command({ session_id, command: 'compact' }))).toMatchObject({ code: 'CONFLICT', options: { details: { reason: 'nothing_to_compact' } } })
})

test('model and mode hold for the running process and for the next one', async () => {
  const { heard, session_id } = await answered('which model are you')
  await grace.command({ session_id, command: 'set_model', args: { model: 'claude-sonnet-4-5' } })
  expect(await heard.log('model_changed')).toMatchObject({ args: { model: 'claude-sonnet-4-5', username: 'Grace' } })
  const second = await ada.prompt('and now', { session_id })
  await heard.task('completed', second.execution_id)
  const modelOf = (prompt: string) => rig.api.requests.findLast((request) => request.kind === 'turn' && request.prompt === prompt)!.body.model
  expect(modelOf('and now')).toBe('claude-sonnet-4-5')
  await ada.command({ session_id, command: 'set_permission_mode', args: { permission_mode: 'acceptEdits' } })
  await ada.command({ session_id, command: 'stop_process' })
  rig.when('write without asking').use('Write', { file_path: `${rig.folder}/mode.txt`, content: 'x' }).say('done')
  const third = await ada.prompt('write without asking', { session_id })
  await heard.task('completed', third.execution_id)
  expect(modelOf('write without asking')).toBe('claude-sonnet-4-5')
  expect(heard.of('permission_request')).toEqual([])
  expect((await heard.state('idle'))).toMatchObject({ model: 'claude-sonnet-4-5', permission_mode: 'acceptEdits' })
  // Modes in which nobody is asked need a relay that allows them.
  expect((await ada.refused(ada.command({ session_id, command: 'set_permission_mode', args: { permission_mode: 'bypassPermissions' } })))?.code).toBe('FORBIDDEN')
})

test('stop_process ends a running turn, says who did it, and the session goes on', async () => {
  const gate = createGate()
  rig.when('hold to be ended').hold(gate).say('never')
  const first = await ada.prompt('hold to be ended')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  expect((await grace.refused(grace.command({ session_id, command: 'stop_process' })))?.code).toBe('FORBIDDEN')
  await ada.command({ session_id, command: 'stop_process' })
  expect(await heard.task('interrupted', first.execution_id)).toMatchObject({ reason: 'person' })
  expect(await heard.log('process_stopped')).toMatchObject({ args: { username: 'Ada' } })
  const shown = async () => JSON.parse((await rig.rows<{ activity: string }>('SELECT activity FROM sessions WHERE id = ?', [session_id]))[0]!.activity) as object
  expect(await shown()).toMatchObject({ interrupted: true })
  const next = await ada.prompt('still there', { session_id })
  await heard.task('completed', next.execution_id)
  expect(await shown()).not.toHaveProperty('interrupted')
})

test('a note is for people: kept in the timeline, told to whom it mentions, never sent to Claude', async () => {
  const { heard, session_id } = await answered('something to note on')
  const forAda = await rig.user(ada)
  const { message_id } = await grace.command({ session_id, command: 'note', args: { content: 'look here @Ada, and not @Nobody' } })
  expect(await heard.message('look here @Ada, and not @Nobody')).toMatchObject({ message_id, role: 'note', username: 'Grace' })
  await forAda.until(({ type, data }) => type === 'mention' && data.message_id === message_id && data.user_id === grace.userId && data.username === 'Grace', 'the mention')
  const next = await ada.prompt('go on after the note', { session_id })
  await heard.task('completed', next.execution_id)
  expect(shownWith('go on after the note')).not.toContain('look here')
})

test('commands for a session that is not there, or not theirs, are not found', async () => {
  expect((await grace.refused(grace.command({ session_id: 'nothing', command: 'hold' })))?.code).toBe('NOT_FOUND')
  const { session_id } = await answered('a private matter')
  await ada.command({ session_id, command: 'set_visibility', args: { visibility: 'private' } })
  expect((await grace.refused(grace.command({ session_id, command: 'hold' })))?.code).toBe('NOT_FOUND')
  expect((await grace.refused(grace.prompt('let me in', { session_id })))?.code).toBe('NOT_FOUND')
})
