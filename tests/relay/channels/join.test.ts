// H4 at joining: from where, in what order, honestly refused, and overtaken.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { JoinInfo } from '../../../relay/channels/channels.ts'
import type { FakeSocket } from './fake-server.ts'
import { openRig, range, seqsOf, type Rig } from './rig.ts'

const session = 'session:s1'
let rig: Rig
beforeEach(async () => void (rig = await openRig()))
afterEach(() => rig.end())

test('neither position nor history: nothing is replayed', async () => {
  await rig.publish(session, 3)
  const socket = rig.server.connect('v1')
  expect(await rig.join(socket, session)).toEqual({ channel: session, epoch: rig.storage.epoch, seq: 3, from: null, recovered: true })
  await rig.publish(session)
  expect(seqsOf(socket, session)).toEqual([4])
})

test('a position: what was missed, then live; the answer comes before the first event', async () => {
  await rig.publish(session, 250)
  for (const kind of ['v1', 'simple'] as const) {
    const socket = rig.server.connect(kind)
    let told = -1
    const answer = (info: JoinInfo) => {
      told = socket.messages.length
      expect(info).toEqual({ channel: session, epoch: rig.storage.epoch, seq: 250, from: 11, recovered: true })
    }
    await rig.channels.join(socket, session, { position: { epoch: rig.storage.epoch, seq: 10 }, history: 3 }, answer)
    expect(told).toBe(0)
    expect(seqsOf(socket, session)).toEqual(range(11, 250))
    // Pages of at most 100 that end at round numbers: 64, 128, 192, 250.
    expect(socket.frames.length).toBe(kind === 'v1' ? 4 : 240)
    socket.cut()
  }
})

test('a position at the top misses nothing', async () => {
  await rig.publish(session, 2)
  expect(await rig.join(rig.server.connect('v1'), session, { position: { epoch: rig.storage.epoch, seq: 2 } })).toMatchObject({ seq: 2, from: null, recovered: true })
  expect(await rig.join(rig.server.connect('v1'), 'session:new', { position: { epoch: rig.storage.epoch, seq: 0 } })).toMatchObject({ seq: 0, from: null, recovered: true })
})

test('history: the last events', async () => {
  await rig.publish(session, 10)
  const [some, all] = [rig.server.connect('v1'), rig.server.connect('v1')]
  expect(await rig.join(some, session, { history: 4 })).toMatchObject({ seq: 10, from: 7 })
  expect(await rig.join(all, session, { history: 500 })).toMatchObject({ seq: 10, from: 1 })
  expect([seqsOf(some, session), seqsOf(all, session)]).toEqual([range(7, 10), range(1, 10)])
})

test('H2: a task by its own numbers, live and replayed', async () => {
  await rig.publish(session, 3)
  await rig.publish(session, 3, 't1')
  await rig.publish(session, 2, 't2')
  const socket = rig.server.connect('v1')
  expect(await rig.join(socket, 'task:t1', { position: { epoch: rig.storage.epoch, seq: 1 } })).toMatchObject({ channel: 'task:t1', seq: 3, from: 2 })
  await rig.publish(session)
  await rig.publish(session, 1, 't1')
  rig.delta(session, 'm1', 'text', 't1')
  rig.channels.signal(session, 'typing', {}, { task: 't1' })
  rig.clock.advance(20)
  expect(seqsOf(socket, 'task:t1')).toEqual([2, 3, 4])
  expect(socket.messages.map((message) => [message.channel, message.type])).toEqual([
    ...range(1, 3).map(() => ['task:t1', 'message']), ['task:t1', 'claude_response'], ['task:t1', 'typing'],
  ])
})

test('not recovered: another epoch, ahead of the log, trimmed, too far behind; and then not subscribed', async () => {
  await rig.end()
  rig = await openRig({ limits: { maxMissedEvents: 50, maxMissedBytes: 10_000 } })
  const here = (seq: number) => ({ position: { epoch: rig.storage.epoch, seq } })
  await rig.publish(session, 60)
  const big = { text: 'x'.repeat(6_000) }
  for (const _ of range(1, 2)) await rig.channels.publish({ events: [{ channel: 'session:big', type: 'log', data: big }] })
  await rig.publish('user:ann', 9)
  await rig.storage.commit({ statements: [{ sql: "DELETE FROM events WHERE channel = 'user:ann' AND seq <= 5" }, { sql: "UPDATE tops SET trimmed = 5 WHERE channel = 'user:ann'" }] })
  const refused: [string, object][] = [
    [session, { position: { epoch: 'another', seq: 60 } }],
    [session, here(61)],
    [session, here(9)],
    ['session:big', here(0)],
    ['user:ann', here(4)],
    ['session:unknown', here(1)],
    ['task:unknown', here(1)],
  ]
  for (const [channel, want] of refused) {
    const socket = rig.server.connect('v1')
    expect(await rig.join(socket, channel, want)).toMatchObject({ channel, from: null, recovered: false })
    expect([rig.channels.isMember(socket, channel), socket.topics.size]).toEqual([false, 0])
  }
  for (const [channel, want] of [[session, here(10)], ['session:big', here(1)], ['user:ann', here(5)]] as const) {
    expect(await rig.join(rig.server.connect('v1'), channel, want)).toMatchObject({ recovered: true })
  }
  const socket = rig.server.connect('v1')
  expect(await rig.join(socket, 'user:ann', { history: 9 })).toMatchObject({ from: 6, recovered: true })
  expect(seqsOf(socket, 'user:ann')).toEqual(range(6, 9))
})

test('a position that is on disk and not told yet is waited for', async () => {
  await rig.publish(session, 2)
  const socket = rig.server.connect('v1')
  const published = rig.channels.publish({ events: [{ channel: session, type: 'message', data: {} }] })
  const joined = rig.join(socket, session, { position: { epoch: rig.storage.epoch, seq: 3 } })
  await published
  expect(await joined).toMatchObject({ recovered: true })
  await rig.publish(session)
  rig.clock.advance(20)
  expect(seqsOf(socket, session)).toEqual([4])
})

test('joining again restarts delivery, and the old join says nothing more', async () => {
  await rig.publish(session, 300)
  const socket = rig.server.connect('v1')
  const answers: JoinInfo[] = []
  const keep = (info: JoinInfo) => void answers.push(info)
  const first = rig.channels.join(socket, session, { history: 300 }, keep)
  const second = rig.channels.join(socket, session, { position: { epoch: rig.storage.epoch, seq: 290 } }, keep)
  await Promise.all([first, second])
  expect(answers.length).toBe(2)
  expect(seqsOf(socket, session)).toEqual(range(291, 300))
  await rig.join(socket, session, { position: { epoch: rig.storage.epoch, seq: 298 } })
  await rig.publish(session)
  rig.clock.advance(10)
  expect(seqsOf(socket, session)).toEqual([...range(291, 300), 299, 300, 301])
})

test('who leaves or is cut off in the middle gets nothing more', async () => {
  await rig.publish(session, 300)
  const [leaves, cut] = [rig.server.connect('v1'), rig.server.connect('v1')]
  const stopAfter = (socket: FakeSocket, stop: () => void) => {
    const { send } = socket
    socket.send = (text) => {
      send(text)
      socket.send = send
      stop()
    }
  }
  stopAfter(leaves, () => rig.channels.leave(leaves, session))
  stopAfter(cut, () => cut.cut())
  await Promise.all([rig.join(leaves, session, { history: 300 }), rig.join(cut, session, { history: 300 })])
  await rig.publish(session, 5)
  rig.clock.advance(20)
  expect([leaves.frames.length, cut.frames.length]).toEqual([1, 1])
  expect(rig.channels.counts()).toEqual({ members: 0, lanes: 0 })
})

test('a channel erased under a replay closes the connection rather than leaving a hole', async () => {
  await rig.publish(session, 300)
  const socket = rig.server.connect('v1')
  const { send } = socket
  socket.send = (text) => {
    send(text)
    new Database(rig.temp.path).run("DELETE FROM events WHERE channel = 'session:s1' AND seq < 250")
  }
  await rig.join(socket, session, { history: 300 })
  expect(socket.closed).toMatchObject({ code: 1013 })
  expect(seqsOf(socket, session)).toEqual(range(1, 64))
})

test('follow: live at once, nothing replayed, nothing twice', async () => {
  await rig.publish(session, 3)
  const socket = rig.server.connect('simple')
  rig.channels.follow(socket, session)
  rig.channels.follow(socket, session)
  expect(rig.channels.channelsOf(socket)).toEqual([session])
  await rig.publish(session, 2)
  rig.clock.advance(10)
  expect(seqsOf(socket, session)).toEqual([4, 5])
  rig.channels.leave(socket, session)
  await rig.publish(session)
  rig.clock.advance(10)
  expect(seqsOf(socket, session)).toEqual([4, 5])
})

test('follow before the first commit of a channel hears it from the first event', async () => {
  const socket = rig.server.connect('simple')
  const published = rig.publish('session:new', 3)
  rig.channels.follow(socket, 'session:new')
  await published
  rig.clock.advance(10)
  expect(seqsOf(socket, 'session:new')).toEqual([1, 2, 3])
})

test('what is left of a member when it is gone: nothing', async () => {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  await rig.join(socket, 'task:t1')
  await rig.join(socket, 'user:ann')
  expect(rig.channels.counts()).toEqual({ members: 1, lanes: 3 })
  socket.cut()
  rig.clock.advance(10)
  expect(rig.channels.counts()).toEqual({ members: 0, lanes: 0 })
})
