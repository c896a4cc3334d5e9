// Text that is being written: joined, in order, whole for who comes late, and still there after a crash.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createChannels } from '../../../relay/channels/channels.ts'
import { createEvents } from '../../../relay/events/events.ts'
import { openRig, textsOf, type Rig } from './rig.ts'

const session = 'session:s1'
let rig: Rig
beforeEach(async () => void (rig = await openRig()))
afterEach(() => rig.end())

test('pieces of a window are one delta with the offset of the first', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  for (const piece of ['He', 'll', 'o, ', 'world']) rig.delta(session, 'm1', piece)
  rig.clock.advance(5)
  expect(textsOf(socket)).toEqual([[0, 'He'], [2, 'llo, world']])
  expect(socket.messages[1]).toMatchObject({ type: 'claude_response', channel: session, data: { session_id: 's1', execution_id: 't1', message_id: 'm1', stream: true, completed: false } })
})

test('H7: the completing event comes after all of its text, and ends the block', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  rig.delta(session, 'm1', 'one ')
  rig.delta(session, 'm1', 'two')
  await rig.complete(session, 'm1', 'one two')
  rig.delta(session, 'm1', 'three')
  rig.clock.advance(50)
  expect(socket.messages.map(({ seq, data }) => [seq, data.content])).toEqual([[undefined, 'one '], [undefined, 'two'], [1, 'one two']])
  const late = rig.server.connect('v1')
  await rig.join(late, session)
  expect(late.messages).toEqual([])
  expect(rig.channels.openBlocks.partial(session)).toEqual([])
})

test('a surrogate pair is never cut', async () => {
  const [early, late] = [rig.server.connect('v1'), rig.server.connect('v1')]
  await rig.join(early, session)
  const text = 'a🧵b🪡'
  for (const unit of text.split('')) {
    rig.delta(session, 'm1', unit)
    rig.clock.advance(20)
    if (unit === '\ud83e' && late.messages.length === 0) await rig.join(late, session)
  }
  expect(textsOf(early)).toEqual([[0, 'a'], [1, '🧵'], [3, 'b'], [4, '🪡']])
  expect(textsOf(late)).toEqual([[0, 'a'], [1, '🧵'], [3, 'b'], [4, '🪡']])
  expect(JSON.parse(early.frames[1]!)).toMatchObject({ data: { offset: 1, content: '🧵' } })
})

test('who joins in the middle gets each open block from its beginning, once', async () => {
  rig.delta(session, 'm1', 'think', 't1', 'thinking')
  rig.delta(session, 'm2', 'nested')
  rig.delta(session, 'm1', 'ing', 't1', 'thinking')
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  rig.delta(session, 'm2', ' text')
  rig.clock.advance(5)
  expect(socket.messages.map(({ type, data }) => [type, data.message_id, data.offset, data.content])).toEqual([
    ['thinking', 'm1', 0, 'thinking'],
    ['claude_response', 'm2', 0, 'nested'],
    ['claude_response', 'm2', 6, ' text'],
  ])
})

test('text that waits behind a commit does not come twice to who joins before it', async () => {
  const [first, second] = [rig.server.connect('v1'), rig.server.connect('v1')]
  await rig.join(first, session)
  rig.delta(session, 'm1', 'told ')
  const published = rig.publish(session)
  rig.delta(session, 'm1', 'untold')
  rig.channels.follow(second, session)
  await published
  rig.clock.advance(20)
  expect(textsOf(first)).toEqual([[0, 'told '], [5, 'untold']])
  expect(second.messages.map(({ seq, data }) => seq ?? [data.offset, data.content])).toEqual([[0, 'told '], 1, [5, 'untold']])
})

test('without deltas only events and other signals come; turned on again the text comes from its beginning', async () => {
  for (const kind of ['v1', 'simple'] as const) {
    const socket = rig.server.connect(kind)
    const block = `block-${kind}`
    await rig.join(socket, session, {}, { deltas: false })
    rig.delta(session, block, 'a')
    rig.channels.signal(session, 'typing', {})
    await rig.publish(session)
    rig.delta(session, block, 'b')
    rig.clock.advance(20)
    expect(socket.messages.map((message) => message.type)).toEqual(['typing', 'message'])
    rig.channels.setDeltas(socket, session, true)
    rig.delta(session, block, 'c')
    rig.clock.advance(20)
    expect(textsOf(socket).slice(1)).toEqual([[0, 'ab'], [2, 'c']])
    rig.channels.setDeltas(socket, session, false)
    rig.delta(session, block, 'd')
    await rig.complete(session, block, 'abcd')
    rig.clock.advance(20)
    expect(socket.messages.at(-1)).toMatchObject({ data: { content: 'abcd', completed: true } })
    expect(textsOf(socket).length).toBe(3)
    socket.cut()
  }
})

test('B2: partial text is on disk after 100 ms or 4 KB, and goes in the commit of its event', async () => {
  const rows = () => rig.storage.query<{ content: string }>('SELECT content FROM open_blocks')
  const written = async () => void (await rig.storage.commit({}))
  rig.delta(session, 'm1', 'short')
  await written()
  expect(await rows()).toEqual([])
  rig.clock.advance(100)
  await written()
  expect(await rows()).toEqual([{ content: 'short' }])
  rig.delta(session, 'm1', 'x'.repeat(5_000))
  await written()
  expect((await rows())[0]!.content.length).toBe(5_005)
  rig.delta(session, 'm1', ' and more')
  await rig.complete(session, 'm1', 'all of it')
  rig.clock.advance(500)
  await written()
  expect(await rows()).toEqual([])
})

test('B2: rows left by a crash are recovered, and completed by the event of the boot', async () => {
  rig.delta(session, 'm1', 'half an ans', 't1')
  rig.delta(session, 'm2', 'hm', 't1', 'thinking')
  rig.clock.advance(100)
  await rig.storage.commit({})
  // As after kill -9: nothing was stopped, the same file is opened by a new relay.
  const before = rig
  rig = await openRig()
  const storage = await before.temp.open()
  const channels = createChannels({ storage, events: createEvents({ storage }), clock: rig.clock, log: rig.temp.log, broadcaster: rig.server.broadcaster })
  const left = await channels.openBlocks.recover()
  expect(left).toEqual([
    { channel: session, task: 't1', type: 'claude_response', data: { session_id: 's1', execution_id: 't1', message_id: 'm1' }, content: 'half an ans' },
    { channel: session, task: 't1', type: 'thinking', data: { session_id: 's1', execution_id: 't1', message_id: 'm2' }, content: 'hm' },
  ])
  for (const { channel, type, task, data, content } of left) {
    await channels.publish({ events: [{ channel, type, task, data: { ...data, content, stream: false, completed: true, interrupted: true } }] })
  }
  expect(await channels.openBlocks.recover()).toEqual([])
  await channels.stop()
  await before.end()
})

test('a block whose completing commit failed is still open', async () => {
  await rig.end()
  rig = await openRig({ busyMs: 30 })
  rig.delta(session, 'm1', 'text')
  const gate = new Database(rig.temp.path)
  gate.run('BEGIN IMMEDIATE')
  expect(await rig.complete(session, 'm1', 'text').catch((problem: { code: string }) => problem.code)).toBe('locked')
  gate.run('ROLLBACK')
  gate.close()
  expect(rig.channels.openBlocks.partial(session)).toMatchObject([{ content: 'text' }])
  rig.clock.advance(100)
  await rig.storage.commit({})
  expect(await rig.channels.openBlocks.recover()).toMatchObject([{ content: 'text' }])
  await rig.complete(session, 'm1', 'text')
  expect(await rig.channels.openBlocks.recover()).toEqual([])
})
