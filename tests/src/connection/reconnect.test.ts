// When the next try is made.
import { expect, test } from 'bun:test'
import { createReconnect, delayBeforeTry, retryWish } from '../../../src/connection/reconnect.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { createFakeClock } from './fake-clock.ts'

test('the first try comes within a second, later ones between half a second and a doubling bound of 20 s', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 500; round++) {
    expect(delayBeforeTry(1, random)).toBeLessThan(1_000)
    for (const [attempt, bound] of [[2, 2_000], [3, 4_000], [4, 8_000], [5, 16_000], [6, 20_000], [60, 20_000]] as const) {
      const ms = delayBeforeTry(attempt, random)
      expect(ms).toBeGreaterThanOrEqual(500)
      expect(ms).toBeLessThan(bound)
    }
  }
})

test('full jitter: the tries of many browsers spread over the whole span', () => {
  const random = seededRandom(11)
  const buckets = new Array<number>(10).fill(0)
  for (let browser = 0; browser < 5_000; browser++) buckets[Math.floor(delayBeforeTry(1, random) / 100)]! += 1
  for (const count of buckets) expect(count).toBeGreaterThan(350)
})

test('a close reason may carry the wish of the relay', () => {
  expect(retryWish({ reason: '1400' })).toBe(1_400)
  expect(retryWish({ reason: '{"retry_ms":2500}' })).toBe(2_500)
  expect(retryWish({ reason: 'draining' })).toBeNull()
  expect(retryWish({ reason: '' })).toBeNull()
  expect(retryWish({ reason: '9999999' })).toBe(60_000)
})

function setUp(random: () => number = () => 0.5) {
  const clock = createFakeClock()
  const tries: number[] = []
  const reconnect = createReconnect({ clock, random, tryAgain: () => tries.push(clock.elapsed()), onChange: () => {} })
  return { clock, tries, reconnect }
}

test('tries follow each other by the schedule until one succeeds', async () => {
  const { clock, tries, reconnect } = setUp()
  const waits: number[] = []
  for (let attempt = 1; attempt <= 7; attempt++) {
    reconnect.lost()
    waits.push(reconnect.inMs()!)
    expect(reconnect.attempt()).toBe(attempt)
    await clock.advance(30_000)
    expect(tries.length).toBe(attempt)
    reconnect.trying()
  }
  expect(waits).toEqual([500, 1_250, 2_250, 4_250, 8_250, 10_250, 10_250])
})

test('a link that holds for five seconds starts the count anew, one that greets and drops does not', async () => {
  const { clock, reconnect } = setUp()
  reconnect.lost()
  reconnect.lost()
  reconnect.up()
  await clock.advance(4_000)
  reconnect.lost()
  expect(reconnect.attempt()).toBe(3)
  reconnect.up()
  await clock.advance(5_000)
  reconnect.lost()
  expect(reconnect.attempt()).toBe(1)
})

test('the relay chooses the delay, spread a little; `now` skips a wait and nothing else', async () => {
  const { clock, tries, reconnect } = setUp(() => 0)
  reconnect.lost(3_000)
  await clock.advance(2_999)
  expect(tries).toEqual([])
  await clock.advance(1)
  expect(tries.length).toBe(1)
  reconnect.now()
  expect(tries.length).toBe(1)
  reconnect.lost(3_000)
  reconnect.now()
  expect(tries.length).toBe(2)
  await clock.advance(60_000)
  expect(tries.length).toBe(2)
})

test('after stop nothing is tried', async () => {
  const { clock, tries, reconnect } = setUp()
  reconnect.lost()
  reconnect.stop()
  await clock.advance(60_000)
  expect(tries).toEqual([])
  expect(clock.pending()).toBe(0)
})
