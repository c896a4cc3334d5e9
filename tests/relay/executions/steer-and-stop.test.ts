// Steering into a running turn, stopping it, holding the queue and letting it go on.
import { expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada, grace } = await sharedExecutions()

const promptOf = (content: string) => rig.api.requests.filter((request) => request.prompt.includes(content))

test('Q2 a steer is folded into the running turn at the next tool boundary and belongs to its execution', async () => {
  rig.when('steer me').use('Write', { file_path: 'steered.txt', content: 'x' }).say('Not reached.')
  rig.when('go left instead').say('Left it is.')
  const first = await ada.prompt('steer me')
  const heard = await rig.session(first.session_id)
  const { request_id } = await heard.asked()
  const steer = await grace.prompt('go left instead', { session_id: first.session_id, mode: 'steer' })
  expect(steer).toMatchObject({ execution_id: first.execution_id, queue_position: 0 })
  expect((await rig.executions.queueOf(first.session_id)).items.map((each) => each.mode)).toEqual(['steer'])
  await ada.answer({ request_id, behavior: 'allow' })
  await heard.task('completed', first.execution_id)
  const [, message] = heard.of('message')
  expect(message).toMatchObject({ content: 'go left instead', execution_id: first.execution_id, steered: true, username: 'Grace' })
  expect((await heard.text('Left it is.')).execution_id).toBe(first.execution_id)
  expect(new Set(heard.of('task').map((each) => each.execution_id)).size).toBe(1)
  expect((await rig.executions.queueOf(first.session_id)).items).toEqual([])
})

test('Q2 a steer that comes too late becomes the next turn with an execution of its own, before the queue', async () => {
  const gate = createGate()
  rig.when('no more tools').hold(gate).say('The end.')
  rig.when('late words').say('Heard late.')
  rig.when('ordinary').say('Ordinary answer.')
  const first = await ada.prompt('no more tools')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  const queued = await ada.prompt('ordinary', { session_id })
  const steer = await ada.prompt('late words', { session_id, mode: 'steer' })
  expect(steer.execution_id).toBe(first.execution_id)
  gate.open()
  await heard.task('completed', queued.execution_id)
  const late = await heard.text('Heard late.')
  expect([first.execution_id, queued.execution_id]).not.toContain(late.execution_id)
  expect(heard.of('message').map((each) => [each.content, each.steered ?? false])).toEqual([['no more tools', false], ['late words', false], ['ordinary', false]])
  await heard.task('completed', late.execution_id)
})

test('a steer on an idle session just runs', async () => {
  const { session_id } = await ada.prompt('begin here')
  const heard = await rig.session(session_id)
  await heard.state('idle')
  const steer = await ada.prompt('steer idle', { session_id, mode: 'steer' })
  expect(steer.queue_position).toBe(0)
  await heard.task('completed', steer.execution_id)
})

test('I4 stop ends the turn within a second, keeps its partial text, holds the queue, and touches no other execution', async () => {
  rig.when('write a novel').say('once upon a time '.repeat(200), { chunkChars: 8, everyMs: 10 })
  const first = await ada.prompt('write a novel')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await heard.until(({ type, data }) => type === 'claude_response' && data.stream, 'the first words')
  const next = await ada.prompt('the next one', { session_id })
  expect(await grace.command({ session_id, command: 'interrupt', args: { execution_id: next.execution_id } })).toMatchObject({ status: 'pending' })
  expect((await grace.refused(grace.command({ session_id, command: 'interrupt', args: { execution_id: 'nobody' } })))?.code).toBe('NOT_FOUND')
  const before = performance.now()
  await grace.command({ session_id, command: 'interrupt', args: { execution_id: first.execution_id } })
  expect(await heard.task('interrupted')).toMatchObject({ reason: 'person', execution_id: first.execution_id })
  expect(performance.now() - before).toBeLessThan(1_000)
  await heard.state('held')
  const [block] = heard.of('claude_response')
  expect(block!.content.length).toBeGreaterThan(0)
  expect('once upon a time '.repeat(200)).toStartWith(block!.content)
  const held = await rig.executions.queueOf(session_id)
  expect(held.held_by).toEqual({ reason: 'person', user_id: grace.userId, username: 'Grace' })
  expect(held.items.map((each) => each.message_id)).toEqual([next.message_id])
  // Once more is no error, and starts nothing.
  expect(await grace.command({ session_id, command: 'interrupt', args: { execution_id: first.execution_id } })).toMatchObject({ status: 'interrupted' })
  await ada.command({ session_id, command: 'continue' })
  await heard.task('completed', next.execution_id)
})

test('a prompt lets a held queue go, in its order', async () => {
  const gate = createGate()
  rig.when('hold for stop').hold(gate).say('never said')
  const first = await ada.prompt('hold for stop')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  const second = await ada.prompt('was waiting', { session_id })
  await ada.command({ session_id, command: 'interrupt', args: { execution_id: first.execution_id } })
  await heard.state('held')
  const third = await grace.prompt('wakes it', { session_id })
  expect(third.queue_position).toBe(1)
  await heard.task('completed', third.execution_id)
  expect(heard.of('message').map((each) => each.content)).toEqual(['hold for stop', 'was waiting', 'wakes it'])
  await heard.task('completed', second.execution_id)
})

test('hold keeps the queue from going on; continue lets it', async () => {
  const gate = createGate()
  rig.when('hold this turn').hold(gate).say('first is done')
  const first = await ada.prompt('hold this turn')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  const second = await ada.prompt('second', { session_id })
  const third = await ada.prompt('third', { session_id })
  await grace.command({ session_id, command: 'hold' })
  gate.open()
  await heard.task('completed', first.execution_id)
  await heard.state('held')
  // Also to whoever follows one of them alone and hears nothing of the queue.
  const holdsOf = ({ execution_id }: { execution_id: string }) => heard.of('task').filter((each) => each.execution_id === execution_id).map(({ status, held_by }) => [status, held_by ?? null])
  const held = ['pending', { reason: 'person', user_id: grace.userId, username: 'Grace' }]
  expect([holdsOf(second), holdsOf(third)]).toEqual([[['pending', null], held], [['pending', null], held]])
  await grace.command({ session_id, command: 'continue' })
  await heard.task('completed', second.execution_id)
  await heard.task('completed', third.execution_id)
  expect(holdsOf(second)).toEqual([['pending', null], held, ['running', null], ['completed', null]])
  expect(holdsOf(third)).toEqual([['pending', null], held, ['pending', null], ['running', null], ['completed', null]])
})

test('steers that were not taken before a stop wait with the others, first', async () => {
  const gate = createGate()
  rig.when('hold and steer').hold(gate).say('never')
  const first = await ada.prompt('hold and steer')
  const { session_id } = first
  const heard = await rig.session(session_id)
  await gate.reached
  const queued = await ada.prompt('queued before', { session_id })
  const steer = await ada.prompt('steered then', { session_id, mode: 'steer' })
  await ada.command({ session_id, command: 'interrupt', args: { execution_id: first.execution_id } })
  await heard.task('interrupted', first.execution_id)
  await heard.state('held')
  const { items } = await rig.executions.queueOf(session_id)
  expect(items.map((each) => [each.message_id, each.mode])).toEqual([[steer.message_id, 'queue'], [queued.message_id, 'queue']])
  expect(promptOf('steered then')).toEqual([])
  await ada.command({ session_id, command: 'continue' })
  await heard.task('completed', queued.execution_id)
  expect(heard.of('message').map((each) => each.content)).toEqual(['hold and steer', 'steered then', 'queued before'])
})

test('a turn that fails says why, and the queue goes on', async () => {
  const gate = createGate()
  rig.when('will fail').hold(gate).fail(400, { message: 'scripted refusal' })
  rig.when('still fine').say('Fine.')
  const first = await ada.prompt('will fail')
  const heard = await rig.session(first.session_id)
  const second = await ada.prompt('still fine', { session_id: first.session_id })
  gate.open()
  const failed = await heard.task('failed', first.execution_id)
  expect(failed.error.message).toContain('scripted refusal')
  await heard.task('completed', second.execution_id)
  await heard.state('idle')
  const told = await rig.user(ada)
  await told.until(({ type, data }) => type === 'finished' && data.execution_id === first.execution_id && data.status === 'failed', 'finished')
})
