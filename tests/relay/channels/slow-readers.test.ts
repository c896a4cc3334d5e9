// H8: a reader that does not read costs little, slows nobody, and misses nothing when it reads again.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { FakeSocket } from './fake-server.ts'
import { openRig, range, seqsOf, textsOf, type Rig } from './rig.ts'

const session = 'session:s1'
const limits = { slowBytes: 4_000, maxBufferedBytes: 20_000, pageBytes: 2_000, maxStalledMs: 30_000 }
let rig: Rig
beforeEach(async () => void (rig = await openRig({ limits })))
afterEach(() => rig.end())

/** Publishes one by one, with time going on between. */
async function stream(count: number, size = 300): Promise<void> {
  for (let index = 0; index < count; index++) {
    await rig.channels.publish({ events: [{ channel: session, type: 'log', data: { text: 'x'.repeat(size) }, task: 't1' }] })
    rig.clock.advance(50)
  }
}

/** Lets feeders that were woken do their reading. */
async function turns(count = 2_000): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

async function stalled(): Promise<FakeSocket> {
  const socket = rig.server.connect('v1')
  await rig.join(socket, session)
  socket.stall()
  return socket
}

test('H8: leaves the live topics, is fed from the log as it drains, and is live again without a hole', async () => {
  const [slow, healthy] = [await stalled(), rig.server.connect('v1')]
  await rig.join(healthy, session)
  await stream(200)
  expect(seqsOf(healthy, session)).toEqual(range(1, 200))
  expect(slow.closed).toBe(null)
  expect(slow.topics.size).toBe(0)
  expect(slow.bufferedBytes()).toBeLessThan(limits.slowBytes + 4 * 400)
  rig.delta(session, 'm1', 'said while it lagged')
  rig.clock.advance(20)
  for (let round = 0; round < 300 && slow.topics.size === 0; round++) {
    slow.take(900)
    await turns()
    expect(slow.bufferedBytes()).toBeLessThan(limits.slowBytes + limits.pageBytes + 1_000)
  }
  expect(slow.topics.size).toBe(1)
  slow.resume()
  await stream(3)
  rig.delta(session, 'm1', ', and after')
  rig.clock.advance(20)
  expect(seqsOf(slow, session)).toEqual(range(1, 203))
  expect(textsOf(slow)).toEqual([[0, 'said while it lagged'], [20, ', and after']])
})

test('H8: is closed after half a minute in which it took nothing', async () => {
  const slow = await stalled()
  await stream(30)
  rig.clock.advance(28_000)
  expect(slow.closed).toBe(null)
  rig.clock.advance(2_500)
  expect(slow.closed).toMatchObject({ code: 1013 })
  expect(rig.channels.counts().members).toBe(0)
  expect(rig.temp.logged.map((line) => line.event)).toEqual(['channels.slow_reader_closed'])
})

test('H8: half a minute of taking nothing is enough, however little waits', async () => {
  const [slow, healthy] = [await stalled(), rig.server.connect('v1')]
  await rig.join(healthy, session)
  await stream(2)
  rig.clock.advance(29_000)
  expect(slow.closed).toBe(null)
  expect(slow.topics.size).toBe(1)
  rig.clock.advance(1_500)
  expect(slow.closed).toMatchObject({ code: 1013 })
  expect(healthy.closed).toBe(null)
})

test('a relay that was stopped for a minute does not blame its readers', async () => {
  const slow = await stalled()
  await stream(30)
  const { now } = rig.clock
  rig.clock.now = () => now() + 60_000
  rig.clock.advance(1_000)
  expect(slow.closed).toBe(null)
})

test('is kept as long as it takes something', async () => {
  const slow = await stalled()
  await stream(100)
  for (let minute = 0; minute < 4; minute++) {
    slow.take(1)
    await turns()
    rig.clock.advance(25_000)
  }
  expect(slow.closed).toBe(null)
})

test('is closed when too much waits for it', async () => {
  const slow = await stalled()
  for (let index = 0; index < 30; index++) rig.channels.signal(session, 'typing', { text: 'y'.repeat(1_000) })
  rig.clock.advance(5)
  expect(slow.closed).toBe(null)
  rig.clock.advance(200)
  expect(slow.closed).toMatchObject({ code: 1013 })
})

test('a replay waits for the reader as well', async () => {
  await stream(100)
  const slow = rig.server.connect('simple')
  slow.stall()
  const joining = rig.join(slow, session, { history: 100 })
  await turns()
  expect(slow.bufferedBytes()).toBeLessThan(limits.slowBytes + limits.pageBytes + 1_000)
  await stream(5)
  for (let round = 0; round < 200 && slow.topics.size === 0; round++) {
    slow.take(1_000)
    await turns()
  }
  await joining
  slow.resume()
  expect(seqsOf(slow, session)).toEqual(range(1, 105))
})

test('a replay in many channels at once is one page at a time', async () => {
  const many = range(1, 30).map((n) => `session:many${n}`)
  for (const channel of many) await rig.publish(channel, 60)
  const slow = rig.server.connect('v1')
  slow.stall()
  const joining = Promise.all(many.map((channel) => rig.join(slow, channel, { history: 60 })))
  let mostBuffered = 0
  for (let round = 0; round < 3_000 && slow.topics.size < many.length; round++) {
    await turns(50)
    mostBuffered = Math.max(mostBuffered, slow.bufferedBytes())
    slow.take(1_000)
  }
  await joining
  expect(slow.closed).toBe(null)
  expect(mostBuffered).toBeLessThan(limits.slowBytes / 4 + 2 * limits.pageBytes + 1_000)
  slow.resume()
  for (const channel of many) expect(seqsOf(slow, channel)).toEqual(range(1, 60))
})

test('a drain that nobody reported is found by the scan', async () => {
  rig.server.onDrain = () => {}
  const slow = await stalled()
  await stream(100)
  expect(slow.topics.size).toBe(0)
  slow.resume()
  rig.clock.advance(200)
  await turns()
  expect(slow.topics.size).toBe(1)
  expect(seqsOf(slow, session)).toEqual(range(1, 100))
})

test('lagging in every channel it is in, also where nothing was told since it came', async () => {
  const slow = rig.server.connect('v1')
  rig.channels.follow(slow, 'user:ann')
  rig.channels.follow(slow, 'task:t1')
  await rig.join(slow, session)
  slow.stall()
  await stream(40)
  expect(slow.topics.size).toBe(0)
  await rig.publish('user:ann', 3)
  rig.clock.advance(50)
  slow.resume()
  await turns()
  for (let round = 0; round < 20 && slow.topics.size < 3; round++) {
    rig.clock.advance(200)
    await turns()
  }
  expect([seqsOf(slow, session), seqsOf(slow, 'task:t1'), seqsOf(slow, 'user:ann')]).toEqual([range(1, 40), range(1, 40), range(1, 3)])
  await stream(2)
  await rig.publish('user:ann')
  expect([seqsOf(slow, session), seqsOf(slow, 'task:t1'), seqsOf(slow, 'user:ann')]).toEqual([range(1, 42), range(1, 42), range(1, 4)])
})

test('a reader that falls too far behind is closed and told honestly when it comes back', async () => {
  await rig.end()
  rig = await openRig({ limits: { ...limits, maxMissedEvents: 50 } })
  const slow = await stalled()
  await stream(120)
  slow.take(20_000)
  await turns()
  expect(slow.closed).toMatchObject({ code: 1013 })
  const position = { epoch: rig.storage.epoch, seq: seqsOf(slow, session).at(-1)! }
  expect(await rig.join(rig.server.connect('v1'), session, { position })).toMatchObject({ recovered: false, seq: 120 })
})

test('leaving, joining again and turning deltas off while lagging', async () => {
  const [leaves, again] = [await stalled(), await stalled()]
  await stream(60)
  rig.channels.leave(leaves, session)
  rig.channels.setDeltas(again, session, false)
  const joining = rig.join(again, session, { history: 2 }, { deltas: false })
  leaves.resume()
  again.resume()
  await joining
  await stream(2)
  rig.delta(session, 'm1', 'unheard')
  rig.clock.advance(20)
  expect(seqsOf(leaves, session).at(-1)).toBeLessThan(60)
  const [before, after] = [seqsOf(again, session).slice(0, -4), seqsOf(again, session).slice(-4)]
  expect(before).toEqual(range(1, before.length))
  expect(after).toEqual(range(59, 62))
  expect(textsOf(again)).toEqual([])
  expect(rig.channels.counts().members).toBe(1)
})
