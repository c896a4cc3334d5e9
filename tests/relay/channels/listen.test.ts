// Readers that are no sockets: the same events in the same order, as little held for them, and nothing left behind.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { Message } from './fake-server.ts'
import { openRig, range, seqsOf, type Rig } from './rig.ts'

const session = 'session:s1'
const task = 'task:t1'
const limits = { slowBytes: 4_000, maxBufferedBytes: 20_000, pageBytes: 2_000, maxStalledMs: 30_000, maxMissedEvents: 50, maxMissedBytes: 10_000 }
let rig: Rig
beforeEach(async () => void (rig = await openRig({ limits })))
afterEach(() => rig.end())

async function stream(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await rig.channels.publish({ events: [{ channel: session, type: 'log', data: { text: 'x'.repeat(300) }, task: 't1' }] })
    rig.clock.advance(50)
  }
}
async function turns(count = 2_000): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

/** Holds what it is given until it takes. */
function read(after: number, { deltas = true, stalls = false } = {}) {
  const messages: Message[] = []
  const closed: string[] = []
  let bytes = 0
  const listening = rig.channels.listen(task, { after, deltas }, {
    take(text) {
      messages.push(JSON.parse(text) as Message)
      if (stalls) bytes += text.length
    },
    bufferedBytes: () => bytes,
    closed: (reason) => void closed.push(reason),
  })
  return {
    ...listening,
    messages,
    closed,
    bytes: () => bytes,
    seqs: () => messages.filter(({ channel, seq }) => channel === task && seq !== undefined).map(({ seq }) => seq!),
    takeAll() {
      bytes = 0
      listening.drained()
    },
  }
}
const until = async (holds: () => boolean) => {
  for (let round = 0; round < 500 && !holds(); round++) {
    await new Promise<void>((resolve) => void setImmediate(resolve))
    rig.clock.advance(10)
  }
  expect(holds()).toBeTrue()
}

test('H8: a reader hears what a socket hears, from the first event on, however far behind it is', async () => {
  await stream(200)
  const socket = rig.server.connect('simple')
  expect((await rig.join(socket, task, { position: { epoch: rig.storage.epoch, seq: 0 } })).recovered).toBeFalse()
  const reader = read(0)
  await until(() => reader.messages.length === 200)
  await rig.join(socket, task)
  rig.delta(session, 'm1', 'half')
  rig.clock.advance(20)
  await stream(3)
  expect(reader.seqs()).toEqual(range(1, 203))
  expect(seqsOf(socket, task)).toEqual(range(201, 203))
  expect(reader.messages.filter(({ seq }) => seq === undefined).map(({ data }) => data['content'])).toEqual(['half'])
  reader.stop()
  await stream(1)
  expect(reader.messages.length).toBe(204)
  expect(rig.channels.counts().members).toBe(1)
})

test('H8: a reader that hands nothing on holds little, holds nobody up, and goes on without a hole', async () => {
  const [slow, quick] = [read(0, { stalls: true }), read(0, { deltas: false })]
  await turns()
  rig.delta(session, 'm1', 'half')
  await stream(200)
  expect(quick.seqs()).toEqual(range(1, 200))
  expect(quick.messages.length).toBe(200)
  expect(slow.bytes()).toBeLessThan(limits.slowBytes + 4 * 450)
  for (let round = 0; round < 300 && slow.seqs().length < 200; round++) {
    slow.takeAll()
    await turns()
    expect(slow.bytes()).toBeLessThan(limits.slowBytes + limits.pageBytes + 1_000)
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  expect(slow.seqs()).toEqual(range(1, 200))
  expect(slow.closed).toEqual([])
})

test('H8: one that takes nothing for half a minute is closed and leaves nothing behind', async () => {
  const slow = read(0, { stalls: true })
  await turns()
  await stream(30)
  rig.clock.advance(31_000)
  expect(slow.closed).toEqual(['too slow'])
  const before = slow.messages.length
  await stream(2)
  expect([slow.messages.length, rig.channels.counts().members]).toEqual([before, 0])
  slow.stop()
})

test('a position that the log does not have closes it at once', async () => {
  await stream(2)
  const ahead = read(7)
  await until(() => ahead.closed.length > 0)
  expect([ahead.messages, rig.channels.counts().members]).toEqual([[], 0])
})
