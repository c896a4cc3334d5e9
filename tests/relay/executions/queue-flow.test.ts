// Prompts in a queue: positions, order, and what people may do with the waiting ones.
import { expect, test } from 'bun:test'
import { LIMITS } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada, grace } = await sharedExecutions()

/** A session in which a turn runs until the gate is opened. */
async function busy(words: string) {
  const gate = createGate()
  rig.when(words).hold(gate).say(`${words} is done`)
  const first = await ada.prompt(words)
  const heard = await rig.session(first.session_id)
  await gate.reached
  return { gate, first, heard, session_id: first.session_id }
}

test('M1 a prompt begins a turn in one commit; the next ones wait and run in their order', async () => {
  const { gate, first, heard, session_id } = await busy('hold the first')
  expect(first.queue_position).toBe(0)
  const second = await grace.prompt('second', { session_id })
  const third = await ada.prompt('third', { session_id })
  expect([second.queue_position, third.queue_position]).toEqual([1, 2])
  const waiting = await rig.executions.queueOf(session_id)
  expect(waiting.items.map((each) => [each.content, each.username])).toEqual([['second', 'Grace'], ['third', 'Ada']])
  gate.open()
  await heard.task('completed', third.execution_id)
  await heard.state('idle')
  expect(heard.of('message').map((each) => each.content)).toEqual(['hold the first', 'second', 'third'])
  expect(heard.of('task').map((each) => [each.execution_id, each.status])).toEqual([
    [first.execution_id, 'running'],
    [second.execution_id, 'pending'],
    [third.execution_id, 'pending'],
    [first.execution_id, 'completed'],
    [second.execution_id, 'running'],
    [second.execution_id, 'completed'],
    [third.execution_id, 'running'],
    [third.execution_id, 'completed'],
  ])
  // The end of one turn and the beginning of the next are one commit: nothing is told between them.
  const ends = heard.frames.findIndex((frame) => frame.type === 'task' && frame.data.execution_id === first.execution_id && frame.data.status === 'completed')
  expect(heard.frames.slice(ends + 1, ends + 3).map((frame) => frame.type)).toEqual(['message', 'task'])
})

test('Q1 move, edit and cancel change what waits, by those who may', async () => {
  const { gate, heard, session_id } = await busy('hold for moves')
  const one = await ada.prompt('one', { session_id })
  const two = await grace.prompt('two', { session_id })
  const three = await ada.prompt('three', { session_id })
  await grace.queue({ session_id, message_id: three.message_id, action: 'move', before: one.message_id })
  await grace.queue({ session_id, message_id: two.message_id, action: 'edit', content: 'two, better' })
  expect((await grace.refused(grace.queue({ session_id, message_id: one.message_id, action: 'edit', content: 'x' })))?.code).toBe('FORBIDDEN')
  expect((await grace.refused(grace.queue({ session_id, message_id: one.message_id, action: 'cancel' })))?.code).toBe('FORBIDDEN')
  expect((await ada.refused(ada.queue({ session_id, message_id: two.message_id, action: 'edit', content: 'mine' })))?.code).toBe('FORBIDDEN')
  await ada.queue({ session_id, message_id: one.message_id, action: 'cancel' })
  expect((await rig.executions.queueOf(session_id)).items.map((each) => each.content)).toEqual(['three', 'two, better'])
  await heard.task('cancelled', one.execution_id)
  expect((await ada.refused(ada.queue({ session_id, message_id: 'nothing', action: 'cancel' })))?.code).toBe('NOT_FOUND')
  gate.open()
  await heard.task('completed', two.execution_id)
  expect(heard.of('message').map((each) => each.content)).toEqual(['hold for moves', 'three', 'two, better'])
  expect((await ada.refused(ada.queue({ session_id, message_id: two.message_id, action: 'cancel' })))?.code).toBe('CONFLICT')
  expect(await rig.rows('SELECT * FROM queued_prompts WHERE session_id = ?', [session_id])).toEqual([])
})

test('send now interrupts the running turn and runs at once; what else waits stays in order', async () => {
  const { heard, first, session_id } = await busy('hold for send now')
  const one = await ada.prompt('after', { session_id })
  const two = await ada.prompt('urgent', { session_id })
  await ada.queue({ session_id, message_id: two.message_id, action: 'send_now' })
  expect(await heard.task('interrupted', first.execution_id)).toMatchObject({ reason: 'steer' })
  await heard.task('completed', one.execution_id)
  expect(heard.of('message').map((each) => each.content)).toEqual(['hold for send now', 'urgent', 'after'])
})

test('a full queue says so and loses nothing; a viewer may look and not touch', async () => {
  const { gate, session_id } = await busy('hold the full one')
  for (let n = 0; n < LIMITS.queueLength; n++) await ada.prompt(`waits ${n}`, { session_id })
  const refusal = await ada.refused(ada.prompt('one too many', { session_id }))
  expect(refusal?.code).toBe('BUSY')
  expect(refusal?.options.retryAfterMs).toBeGreaterThan(0)
  expect((await rig.executions.queueOf(session_id)).items).toHaveLength(LIMITS.queueLength)
  const viewer = await rig.person('Vera', 'viewer')
  expect((await viewer.refused(viewer.prompt('let me', { session_id })))?.code).toBe('FORBIDDEN')
  const { items } = await rig.executions.queueOf(session_id)
  expect((await viewer.refused(viewer.queue({ session_id, message_id: items[0]!.message_id, action: 'cancel' })))?.code).toBe('FORBIDDEN')
  for (const each of items) await ada.queue({ session_id, message_id: each.message_id, action: 'cancel' })
  gate.open()
})
