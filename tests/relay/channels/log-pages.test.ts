// Who needs the same page of the log in the same moment shares one reading of it, and nobody is shown what is no longer there.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createLogPages, type LogPages } from '../../../relay/channels/log-pages.ts'
import { createEvents, eraseChannel } from '../../../relay/events/events.ts'
import { openRig, range, type Rig } from './rig.ts'

let rig: Rig
let pages: LogPages
/** Statements that read since the last look. */
let reads: string[]

beforeEach(async () => {
  rig = await openRig()
  reads = []
  const { epoch, query } = rig.storage
  const events = createEvents({ storage: { epoch, query: (sql, params) => (reads.push(sql), query(sql, params)) } })
  pages = createLogPages({ events, clock: rig.clock, limits: { pageEvents: 10, pageBytes: 100_000 } })
})
afterEach(async () => {
  pages.stop()
  await rig.end()
})

const seqsIn = (texts: string[] | undefined) => texts?.flatMap((text) => JSON.parse(text) as { seq: number }).map(({ seq }) => seq)

test('a thousand who missed the same cost one reading of each page', async () => {
  await rig.publish('session:s', 25)
  const first = await Promise.all(Array.from({ length: 1_000 }, () => pages.after('session:s', 'v1', 3, 25)))
  expect(reads.length).toBe(2)
  expect(new Set(first).size).toBe(1)
  expect(first[0]).toMatchObject({ first: 4, last: 8 })
  const simple = await pages.after('session:s', 'simple', 3, 25)
  expect([seqsIn(first[0]!.frames), seqsIn(simple!.frames)]).toEqual([range(4, 8), range(4, 8)])
  expect([first[0]!.frames.length, simple!.frames.length]).toEqual([1, 5])
  reads = []
  const missed = await Promise.all(Array.from({ length: 1_000 }, () => pages.missed('session:s', 3, 25)))
  expect(reads.length).toBe(2)
  expect(missed[0]).toEqual({ trimmed: 0, bytes: expect.any(Number) })
})

test('what the log has and nobody was told is not in it', async () => {
  await rig.publish('session:s', 8, 't')
  expect(await pages.after('task:t', 'v1', 0, 8)).toMatchObject({ first: 1, last: 8 })
  const cut = await pages.after('task:t', 'v1', 0, 5)
  expect([cut!.last, seqsIn(cut!.frames)]).toEqual([5, range(1, 5)])
})

test('a page that was short is followed by what came after it', async () => {
  await rig.publish('session:s', 2)
  expect(await pages.after('session:s', 'v1', 2, 2)).toBe(null)
  expect(await pages.after('session:s', 'v1', 0, 2)).toMatchObject({ first: 1, last: 2 })
  await rig.publish('session:s', 3)
  expect(await pages.after('session:s', 'v1', 0, 5)).toMatchObject({ first: 1, last: 2 })
  expect(await pages.after('session:s', 'v1', 2, 5)).toMatchObject({ first: 3, last: 5 })
})

test('channels whose events may be veiled are read anew by everybody', async () => {
  await rig.publish('workspace:w', 2)
  await pages.after('workspace:w', 'v1', 0, 2)
  await rig.storage.commit({ statements: [{ sql: "UPDATE events SET data = '{}' WHERE channel = 'workspace:w'" }] })
  expect((await pages.after('workspace:w', 'v1', 0, 2))!.frames.every((text) => text.includes('"data":{}'))).toBe(true)
})

test('a second later nothing is remembered: an erased session is gone', async () => {
  await rig.publish('session:s', 2)
  await pages.after('session:s', 'v1', 0, 2)
  await rig.storage.commit({ statements: eraseChannel('session:s') })
  rig.clock.advance(1_000)
  expect(await pages.after('session:s', 'v1', 0, 2)).toBe(null)
  expect(await pages.missed('session:s', 0, 2)).toEqual({ trimmed: 2, bytes: 0 })
})

test('a reading that failed is tried again', async () => {
  const pending = createLogPages({
    events: createEvents({ storage: { epoch: '', query: (sql, params) => (reads.push(sql) === 1 ? Promise.reject(new Error('once')) : rig.storage.query(sql, params)) } }),
    clock: rig.clock,
    limits: { pageEvents: 10, pageBytes: 100_000 },
  })
  await rig.publish('session:s', 1)
  const [one, two] = await Promise.allSettled([pending.after('session:s', 'v1', 0, 1), pending.after('session:s', 'v1', 0, 1)])
  expect([one.status, two.status]).toEqual(['rejected', 'rejected'])
  expect(await pending.after('session:s', 'v1', 0, 1)).toMatchObject({ last: 1 })
  pending.stop()
})

test('what is remembered is bounded, and the oldest goes first: readers behind each other still share', async () => {
  const data = { text: 'x'.repeat(90_000) }
  for (let n = 0; n < 60; n++) await rig.channels.publish({ events: [{ channel: 'session:s', type: 'log', data }] })
  const readFrom = async (from: number) => {
    reads = []
    for (let seq = from; seq < 60; seq++) await pages.after('session:s', 'v1', seq, 60)
    return reads.length
  }
  expect(await readFrom(0)).toBe(2 * 60)
  expect(await readFrom(20)).toBe(0)
  expect(await readFrom(0)).toBeGreaterThan(2 * 10)
})

test('readers who stand anywhere come to the same pages, and the last page is whole', async () => {
  await rig.publish('session:s', 77)
  const ends = async (from: number) => {
    const found: number[] = []
    for (let page = await pages.after('session:s', 'v1', from, 77); page; page = await pages.after('session:s', 'v1', page.last, 77)) {
      expect(page.first).toBe((found.at(-1) ?? from) + 1)
      found.push(page.last)
    }
    return found
  }
  expect(await ends(0)).toEqual([8, 16, 24, 32, 40, 48, 56, 64, 72, 77])
  for (let from = 1; from < 56; from++) expect((await ends(from)).slice(-3)).toEqual([64, 72, 77])
})
