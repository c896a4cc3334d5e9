// A tooltip stays in view and off its target.
import { expect, test } from 'bun:test'
import { placeTip } from '../../../src/ui/place-tip.ts'

const view = { width: 1000, height: 800 }
const tip = { width: 100, height: 24 }

test('above and centred where there is room', () => {
  expect(placeTip({ left: 400, top: 300, width: 40, height: 32 }, tip, view)).toEqual({ left: 370, top: 270 })
})

test('below at the upper edge, above at the lower one', () => {
  expect(placeTip({ left: 400, top: 10, width: 40, height: 32 }, tip, view).top).toBe(48)
  expect(placeTip({ left: 400, top: 760, width: 40, height: 32 }, tip, view, 'below').top).toBe(730)
})

test('never over the sides', () => {
  expect(placeTip({ left: 0, top: 300, width: 40, height: 32 }, tip, view).left).toBe(8)
  expect(placeTip({ left: 980, top: 300, width: 20, height: 32 }, tip, view).left).toBe(892)
})
