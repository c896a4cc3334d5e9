// Waiting, but not for ever.
import { expect, test } from 'bun:test'
import { within } from '../../../relay/executions/within.ts'
import { manualClock } from '../../support/manual-clock.ts'

test('it ends with the work, fails like it, and ends without it when the time is over; no timer stays', async () => {
  const clock = manualClock()
  await within(clock, 100, Promise.resolve())
  await within(clock, 100, undefined)
  await expect(within(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(clock.pending()).toBe(0)
  const waiting = within(clock, 100, new Promise(() => undefined))
  clock.advance(100)
  await waiting
  expect(clock.pending()).toBe(0)
})
