// What slows down guessing costs no more under a flood than at rest, and a flood of invented keys makes it forget nobody who goes on.
import { expect, test } from 'bun:test'
import { createThrottle } from '../../../relay/auth/throttle.ts'
import { manualClock } from '../../support/manual-clock.ts'

/** Processor time of this thread's work, in milliseconds: what runs beside it on the machine does not count. */
function costOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

test('thirty thousand attempts within a minute cost about what as many cost that come one a minute', () => {
  const clock = manualClock()
  const throttle = createThrottle({ clock })
  const attempts = (key: string, everyMs: number) => () => {
    for (let i = 0; i < 30_000; i++) {
      throttle.count(key, 50)
      throttle.isOver(key, 50)
      clock.advance(everyMs)
    }
  }
  const calm = costOf(attempts('calm', 60_000))
  const flood = costOf(attempts('flood', 1))
  expect([throttle.isOver('calm', 50), throttle.isOver('flood', 50)]).toEqual([false, true])
  expect(flood).toBeLessThan(20 * Math.max(calm, 10))
})

test('more keys than are kept push out those that were tried longest ago, never a place that goes on', () => {
  const clock = manualClock()
  const throttle = createThrottle({ clock })
  throttle.count('tried once, long ago', 5)
  for (let i = 0; i < 200_000; i++) {
    throttle.count(`invented ${i}`, 5)
    if (i % 1_000 === 0) throttle.count('place', 50)
  }
  expect(throttle.isOver('place', 50)).toBeTrue()
  expect(['tried once, long ago', 'invented 0', 'invented 199999'].map((key) => throttle.left(key, 5))).toEqual([5, 5, 4])
})

test('an attempt that is taken back has never been, others of its moment have', () => {
  const clock = manualClock()
  const throttle = createThrottle({ clock })
  const at = clock.now()
  for (let i = 0; i < 2; i++) throttle.count('lea', 1)
  throttle.takeBack('lea', at)
  throttle.takeBack('nobody', at)
  expect([throttle.left('lea', 2), throttle.left('nobody', 2)]).toEqual([1, 2])
  throttle.takeBack('lea', at)
  expect(throttle.left('lea', 2)).toBe(2)
})
