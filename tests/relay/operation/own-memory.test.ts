// What a machine without a descriptor left does to figures and timers: nothing that ends the relay.
import { expect, test } from 'bun:test'
import { steady } from '../../../relay/clock.ts'
import { createOwnMemory } from '../../../relay/operation/own-memory.ts'
import { manualClock } from '../../support/manual-clock.ts'

test('memory that cannot be asked for is what it was last', () => {
  const told = [{ totalBytes: 7, heapBytes: 3 }]
  const ownMemory = createOwnMemory(() => {
    const next = told.shift()
    if (!next) throw new Error('Failed to get memory usage')
    return next
  })
  expect([ownMemory(), ownMemory()]).toEqual([{ totalBytes: 7, heapBytes: 3 }, { totalBytes: 7, heapBytes: 3 }])
  const real = createOwnMemory()()
  expect(real.totalBytes).toBeGreaterThan(real.heapBytes)
})

test('a round of a periodic timer that throws is told, and the next one comes; what else is timed stays as it was', () => {
  const manual = manualClock()
  const failed: unknown[] = []
  const clock = steady(manual, (error) => failed.push(error))
  let rounds = 0
  const timer = clock.every(() => {
    rounds += 1
    if (rounds === 1) throw new Error('EMFILE')
  }, 5_000)
  manual.advance(10_000)
  expect([rounds, failed.map(String)]).toEqual([2, ['Error: EMFILE']])
  timer.cancel()
  clock.setTimer(() => {
    throw new Error('a bug')
  }, 1)
  expect(() => manual.advance(5_000)).toThrow('a bug')
  expect([rounds, clock.now() - manual.now()]).toEqual([2, 0])
})
