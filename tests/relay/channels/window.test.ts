// The 5 ms window: what goes at once, what leaves together, what makes way for what is newer.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { openRig, range, seqsOf, type Rig } from './rig.ts'

const session = 'session:s1'
let rig: Rig
beforeEach(async () => void (rig = await openRig()))
afterEach(() => rig.end())

test('H7: the first message goes at once, what follows within 5 ms leaves as one frame', async () => {
  const [v1, simple] = [rig.server.connect('v1'), rig.server.connect('simple')]
  await rig.join(v1, session)
  await rig.join(simple, session)
  await rig.publish(session, 4)
  expect([v1.frames.length, simple.frames.length]).toEqual([1, 1])
  rig.clock.advance(5)
  expect([v1.frames.length, simple.frames.length]).toEqual([2, 4])
  expect([seqsOf(v1, session), seqsOf(simple, session)]).toEqual([range(1, 4), range(1, 4)])
  rig.clock.advance(5)
  await rig.publish(session)
  expect(v1.frames.length).toBe(3)
})

test('a frame never holds more than 100 messages or 1 MiB', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  await rig.publish(session, 250)
  rig.clock.advance(10)
  const big = { text: '한'.repeat(100_000) }
  await Promise.all(range(1, 9).map(() => rig.channels.publish({ events: [{ channel: session, type: 'log', data: big }] })))
  rig.clock.advance(10)
  expect(seqsOf(socket, session)).toEqual(range(1, 259))
  expect(Math.max(...socket.frames.map((frame) => Buffer.byteLength(frame)))).toBeGreaterThan(600_000)
})

test('of signals with one key the latest wins, the others all stay', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  rig.channels.signal(session, 'cursor_moved', { n: 0 }, { latestKey: 'ann' })
  for (const n of range(1, 5)) rig.channels.signal(session, 'cursor_moved', { n }, { latestKey: 'ann' })
  rig.channels.signal(session, 'cursor_moved', { n: 6 }, { latestKey: 'bob' })
  rig.channels.signal(session, 'typing', { n: 7 }, { latestKey: 'ann' })
  rig.channels.signal(session, 'presence', { n: 8 })
  rig.channels.signal(session, 'presence', { n: 9 })
  rig.clock.advance(5)
  expect(socket.messages.map((message) => message.data.n)).toEqual([0, 5, 6, 7, 8, 9])
  expect(socket.messages.every((message) => message.seq === undefined)).toBe(true)
})

test('nobody listens: nothing is put together, nothing is kept in memory', async () => {
  await rig.publish(session, 3, 't1')
  rig.channels.signal(session, 'typing', {})
  rig.clock.advance(20)
  expect(rig.server.published).toEqual([])
  expect(rig.channels.counts()).toEqual({ members: 0, lanes: 0 })
})

test('text that comes after an event stays after it', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  rig.delta(session, 'm1', 'a')
  rig.delta(session, 'm1', 'b')
  await rig.publish(session)
  rig.delta(session, 'm1', 'c')
  rig.delta(session, 'm1', 'd')
  rig.clock.advance(5)
  expect(socket.messages.map(({ seq, data }) => seq ?? data.content)).toEqual(['a', 'b', 1, 'cd'])
})

test('signals that wait for a writer that stands still are bounded, and the latest ones stay', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  const published = rig.publish(session)
  for (let n = 0; n < 3_000; n++) rig.channels.signal(session, 'presence', { n })
  for (let n = 0; n < 3_000; n++) rig.channels.signal(session, 'cursor_moved', { n }, { latestKey: 'ann' })
  await published
  rig.clock.advance(100)
  const [first, ...signals] = socket.messages
  expect(first!.seq).toBe(1)
  expect(signals.map((message) => message.data.n)).toEqual([...range(2_001, 2_999), 2_999])
})
