// H10 at the door of the channels: keep, answer, then tell; a failure tells nothing; stop leaves nothing behind.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { openRig, range, seqsOf, textsOf, type Rig } from './rig.ts'

const session = 'session:s1'
let rig: Rig
beforeEach(async () => void (rig = await openRig()))
afterEach(() => rig.end())

test('keeps, calls `committed`, then tells', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  const order: string[] = []
  const result = await rig.channels.publish({
    events: [{ channel: session, type: 'message', data: { text: 'hi' }, timestamp: 5 }],
    committed: (committed) => order.push(`committed ${committed.positions[0]!.seq}, told ${socket.messages.length}`),
  })
  expect(result).toEqual({ outcome: 'committed', positions: [{ seq: 1, taskSeq: null }] })
  expect(order).toEqual(['committed 1, told 0'])
  expect(socket.frames).toEqual(['{"type":"message","channel":"session:s1","seq":1,"data":{"text":"hi"},"timestamp":5}'])
})

test('tells nothing of a batch that was refused or repeated, and calls nobody', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  const answer = { userId: 'ann', id: 'x', hash: 'h', outcome: 'success' as const, result: '{}', at: 1 }
  const committed = () => void calls++
  let calls = 0
  const events = [{ channel: session, type: 'message', data: {} }]
  const refused = await rig.channels.publish({ events, statements: [{ sql: 'DELETE FROM answers', changes: 1 }], committed })
  expect(refused).toEqual({ outcome: 'refused', statement: 0 })
  await rig.channels.publish({ events, answer, committed })
  expect(await rig.channels.publish({ events, answer, committed })).toEqual({ outcome: 'repeated' })
  rig.clock.advance(10)
  expect([calls, seqsOf(socket, session)]).toEqual([1, [1]])
})

test('a mistake in `committed` keeps nobody from hearing', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  await rig.channels.publish({ events: [{ channel: session, type: 'message', data: {} }], committed: () => { throw new Error('oops') } })
  expect(seqsOf(socket, session)).toEqual([1])
  expect(rig.temp.logged.map((line) => line.event)).toEqual(['channels.committed_callback_failed'])
})

test('H1: one commit reaches several channels', async () => {
  const [a, b] = [rig.server.connect('v1'), rig.server.connect('simple')]
  await rig.join(a, session)
  await rig.join(b, 'user:ann')
  await rig.channels.publish({ events: [session, 'user:ann', session].map((channel) => ({ channel, type: 'x', data: {} })) })
  expect(a.frames.length).toBe(1)
  expect([seqsOf(a, session), seqsOf(b, 'user:ann')]).toEqual([[1, 2], [1]])
})

test('a storage that fails rejects, tells nothing, and later commits are told in order', async () => {
  await rig.end()
  rig = await openRig({ busyMs: 30 })
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  await rig.publish(session)
  const other = new Database(rig.temp.path)
  other.run('BEGIN IMMEDIATE')
  const failed = rig.channels.publish({ events: [{ channel: session, type: 'message', data: {} }] })
  rig.channels.signal(session, 'typing', { who: 'ann' })
  expect(await failed.catch((problem: { code: string }) => problem.code)).toBe('locked')
  other.run('ROLLBACK')
  other.close()
  await rig.publish(session, 2)
  rig.clock.advance(50)
  expect(socket.messages.map((message) => message.seq ?? message.type)).toEqual([1, 'typing', 2, 3])
})

test('H10: while the writer stands still nobody is told what is not in the file', async () => {
  const [live, late] = [rig.server.connect('v1'), rig.server.connect('v1')]
  await rig.join(live, session)
  await rig.join(live, 'task:t1')
  await rig.publish(session, 2, 't1')
  rig.clock.advance(50)
  const gate = new Database(rig.temp.path)
  gate.run('BEGIN IMMEDIATE')
  const published = rig.publish(session, 5, 't1')
  rig.delta(session, 'm1', 'behind the events')
  rig.channels.signal(session, 'typing', {})
  // A read-only look at the file from outside is the judge of what is kept.
  const kept = () => (new Database(rig.temp.path, { readonly: true }).query('SELECT COUNT(*) AS count FROM events').get() as { count: number }).count
  const joining = rig.join(late, session, { history: 100 })
  for (let round = 0; round < 50; round++) {
    rig.clock.advance(20)
    await new Promise((resolve) => setImmediate(resolve))
    expect(kept()).toBe(2)
    expect([seqsOf(live, session), seqsOf(live, 'task:t1'), live.messages.length]).toEqual([[1, 2], [1, 2], 4])
  }
  gate.run('ROLLBACK')
  gate.close()
  await Promise.all([published, joining])
  rig.clock.advance(50)
  expect([seqsOf(live, session), seqsOf(live, 'task:t1'), seqsOf(late, session)]).toEqual([range(1, 7), range(1, 7), range(1, 7)])
  expect(live.messages.filter((message) => message.channel === session).slice(-2).map((message) => message.type)).toEqual(['claude_response', 'typing'])
})

test('stop tells what is under way, writes what is open, and leaves no timer', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  const published = rig.publish(session, 5)
  rig.delta(session, 'm1', 'partial')
  await rig.channels.stop()
  await published
  expect(seqsOf(socket, session)).toEqual(range(1, 5))
  expect(textsOf(socket)).toEqual([[0, 'partial']])
  expect(await rig.channels.openBlocks.recover()).toMatchObject([{ content: 'partial' }])
  expect(rig.clock.pending()).toBe(0)
})
