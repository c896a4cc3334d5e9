// Reading the log: pages, history, tasks, what was trimmed, and the text on the wire.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createEvents, eraseChannel, frameOf, signalFrame, type Events } from '../../../relay/events/events.ts'
import { createTrimming } from '../../../relay/events/trim-events.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { tempStorage, type TempStorage } from '../storage/temp-storage.ts'

let temp: TempStorage
let storage: Storage
let events: Events

beforeEach(async () => {
  temp = tempStorage()
  storage = await temp.open()
  events = createEvents({ storage })
})
afterEach(() => temp.remove())

type Extra = { task?: string; timestamp?: number; data?: string }

async function append(channel: string, count: number, { task, timestamp = 1_000, data = '{"n":1}' }: Extra = {}): Promise<void> {
  await storage.commit({ events: Array.from({ length: count }, () => ({ channel, type: 'message', data, timestamp, task })) })
}

const seqs = (page: { seq: number }[]) => page.map((event) => event.seq)
const wide = { limit: 100, maxBytes: 1_000_000 }

describe('readAfter', () => {
  test('gives what follows, whole and in order', async () => {
    await append('session:1', 3, { task: 't', data: '{"text":"é"}' })
    await append('session:2', 2)
    expect(await events.readAfter('session:1', 1, wide)).toEqual([
      { channel: 'session:1', seq: 2, taskSeq: 2, task: 't', type: 'message', data: '{"text":"é"}', timestamp: 1_000 },
      { channel: 'session:1', seq: 3, taskSeq: 3, task: 't', type: 'message', data: '{"text":"é"}', timestamp: 1_000 },
    ])
    expect(await events.readAfter('session:1', 3, wide)).toEqual([])
    expect(await events.readAfter('session:none', 0, wide)).toEqual([])
  })

  test('keeps to the limit and to the bytes, and always goes on', async () => {
    await append('session:1', 10, { data: JSON.stringify('x'.repeat(98)) })
    expect(seqs(await events.readAfter('session:1', 0, { limit: 4, maxBytes: 1_000_000 }))).toEqual([1, 2, 3, 4])
    expect(seqs(await events.readAfter('session:1', 0, { limit: 100, maxBytes: 350 }))).toEqual([1, 2, 3])
    expect(seqs(await events.readAfter('session:1', 3, { limit: 100, maxBytes: 1 }))).toEqual([4])
  })

  test('reads a task by its own numbers', async () => {
    await append('session:1', 2)
    await append('session:1', 2, { task: 't' })
    await append('session:1', 1)
    await append('session:1', 1, { task: 't' })
    const page = await events.readAfter('task:t', 1, wide)
    expect(page.map(({ channel, seq, taskSeq }) => ({ channel, seq, taskSeq }))).toEqual([
      { channel: 'task:t', seq: 2, taskSeq: 2 },
      { channel: 'task:t', seq: 3, taskSeq: 3 },
    ])
  })
})

test('readBefore keeps to the bytes as well, and always goes on', async () => {
  await append('session:1', 10, { data: JSON.stringify('x'.repeat(98)) })
  expect(seqs(await events.readBefore('session:1', 11, { limit: 100, maxBytes: 350 }))).toEqual([8, 9, 10])
  expect(seqs(await events.readBefore('session:1', 8, { limit: 100, maxBytes: 1 }))).toEqual([7])
})

test('readBefore gives the last events below a number, rising', async () => {
  await append('session:1', 9, { task: 't' })
  expect(seqs(await events.readBefore('session:1', 8, { ...wide, limit: 3 }))).toEqual([5, 6, 7])
  expect(seqs(await events.readBefore('session:1', Number.MAX_SAFE_INTEGER, { ...wide, limit: 2 }))).toEqual([8, 9])
  expect(seqs(await events.readBefore('session:1', 1, wide))).toEqual([])
  expect(seqs(await events.readBefore('task:t', 4, { ...wide, limit: 2 }))).toEqual([2, 3])
})

test('top and backlog', async () => {
  await append('session:1', 3, { task: 't', data: '"한"' })
  await append('session:1', 2)
  expect(await events.top('session:1')).toBe(5)
  expect(await events.top('task:t')).toBe(3)
  expect(await events.top('user:nobody')).toBe(0)
  expect(await events.top('task:none')).toBe(0)
  expect(await events.backlog('session:1', 2)).toEqual({ events: 3, bytes: 5 + 7 + 7 })
  expect(await events.backlog('task:t', 1)).toEqual({ events: 2, bytes: 10 })
  expect(await events.backlog('session:1', 5)).toEqual({ events: 0, bytes: 0 })
})

test('a frame carries the data as it was kept', async () => {
  await append('session:1', 1, { data: '{"b":1,  "a":"\\u00e9"}' })
  const [event] = await events.readAfter('session:1', 0, wide)
  expect(frameOf(event!)).toBe('{"type":"message","channel":"session:1","seq":1,"data":{"b":1,  "a":"\\u00e9"},"timestamp":1000}')
  expect(JSON.parse(frameOf({ ...event!, channel: 'user:"\n', type: 'x"' }))).toMatchObject({ channel: 'user:"\n', type: 'x"' })
  expect(JSON.parse(signalFrame('session:1', 'typing', '{"a":1}', 5))).toEqual({ type: 'typing', channel: 'session:1', data: { a: 1 }, timestamp: 5 })
})

test('erasing a channel leaves no event and never gives a number again', async () => {
  await append('session:1', 3, { task: 't' })
  await append('session:2', 1)
  await storage.commit({ statements: eraseChannel('session:1') })
  expect(await events.readAfter('session:1', 0, wide)).toEqual([])
  expect(await events.readAfter('task:t', 0, wide)).toEqual([])
  expect(await events.trimmed('session:1')).toBe(3)
  await append('session:1', 1)
  expect(await events.top('session:1')).toBe(4)
  expect(await events.top('session:2')).toBe(1)
})

describe('H9: trimming', () => {
  const dayMs = 86_400_000
  const now = 100 * dayMs

  function trimming(limits?: Parameters<typeof createTrimming>[0]['limits']) {
    const clock = { now: () => now, elapsed: () => 0, setTimer: () => ({ cancel() {} }), every: () => ({ cancel() {} }) }
    return createTrimming({ storage, clock, log: temp.log, limits })
  }

  test('keeps 30 days, and remembers how far it went', async () => {
    await append('user:ann', 3, { timestamp: now - 31 * dayMs })
    await append('user:ann', 2, { timestamp: now - 29 * dayMs })
    await append('session:1', 2, { timestamp: now - 99 * dayMs })
    expect(await trimming().run()).toBe(3)
    expect(seqs(await events.readAfter('user:ann', 0, wide))).toEqual([4, 5])
    expect(await events.trimmed('user:ann')).toBe(3)
    expect(await events.top('user:ann')).toBe(5)
    expect(seqs(await events.readAfter('session:1', 0, wide))).toEqual([1, 2])
    expect(await events.trimmed('session:1')).toBe(0)
    expect(await trimming().run()).toBe(0)
  })

  test('keeps so many events a channel, in steps', async () => {
    for (let round = 0; round < 5; round++) await append('broadcast', 500, { timestamp: now })
    expect(await trimming({ maxEvents: 100 }).run()).toBe(2_400)
    expect(await events.backlog('broadcast', 0)).toMatchObject({ events: 100 })
    expect(await events.trimmed('broadcast')).toBe(2_400)
  })

  test('a channel whose events are all old keeps its numbers', async () => {
    await append('user:ann', 4, { timestamp: 1 })
    await trimming().run()
    await append('user:ann', 1, { timestamp: now })
    expect(seqs(await events.readAfter('user:ann', 0, wide))).toEqual([5])
    expect(await events.trimmed('user:ann')).toBe(4)
  })

  test('forgets kept answers after seven days', async () => {
    const keep = (id: string, at: number) => storage.commit({ answer: { userId: 'ann', id, hash: 'h', outcome: 'success', result: '{}', at } })
    await keep('old', now - 8 * dayMs)
    await keep('young', now - 6 * dayMs)
    await trimming().run()
    expect(await storage.query('SELECT id FROM answers')).toEqual([{ id: 'young' }])
  })

  test('works by itself, on its timer', async () => {
    await append('user:ann', 3, { timestamp: 1 })
    let tick: () => void = () => {}
    const clock = { now: () => now, elapsed: () => 0, setTimer: () => ({ cancel() {} }), every: (fn: () => void) => ((tick = fn), { cancel: () => (tick = () => {}) }) }
    const running = createTrimming({ storage, clock, log: temp.log })
    tick()
    // A commit that is submitted later resolves later, so the pass has been through when this one is.
    while ((await events.trimmed('user:ann')) < 3) await storage.commit({})
    running.stop()
    expect(await events.readAfter('user:ann', 0, wide)).toEqual([])
  })
})
