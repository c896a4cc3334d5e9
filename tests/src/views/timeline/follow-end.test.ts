// Following the end of a conversation: near is a fact, a gesture upwards is a wish.
import { expect, test } from 'bun:test'
import { afterGesture, afterScroll, AT_END, distanceToEnd } from '../../../../src/views/timeline/follow-end.ts'

const at = (distance: number) => ({ top: 1_000 - distance, height: 1_600, viewport: 600 })

test('the distance is never negative, however far a touch pulls', () => {
  expect(distanceToEnd(at(30))).toBe(30)
  expect(distanceToEnd(at(-40))).toBe(0)
})

test('within 48 px of the end it follows, one pixel more and it does not', () => {
  expect(afterScroll({ on: false, paused: false }, at(48), 10)).toEqual(AT_END)
  expect(afterScroll({ on: false, paused: false }, at(49), 10)).toEqual({ on: false, paused: false })
})

test('rows that have come below and are not in view yet do not end it: the answer to a prompt came out of sight', () => {
  expect(afterScroll(AT_END, at(62), 0)).toEqual(AT_END)
  expect(afterScroll(AT_END, at(142), 28)).toEqual(AT_END)
  expect(afterScroll(AT_END, at(62), -12)).toEqual({ on: false, paused: true })
})

test('a gesture upwards stops it although the end is near, until the end is reached', () => {
  const paused = afterGesture(AT_END)
  expect(paused).toEqual({ on: false, paused: true })
  expect(afterScroll(paused, at(20), 5)).toEqual(paused)
  expect(afterScroll(paused, at(1), 19)).toEqual(AT_END)
  expect(afterGesture(paused)).toBe(paused)
})

test('the bar dragged upwards a little is such a gesture too', () => {
  expect(afterScroll(AT_END, at(12), -12)).toEqual({ on: false, paused: true })
  expect(afterScroll(AT_END, at(0), -12)).toEqual(AT_END)
})
