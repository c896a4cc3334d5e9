// Arrow keys lead from the field of the search through what was found, and back.
import { expect, test } from 'bun:test'
import { placeAfter } from '../../../../src/views/sessions/found-keys.ts'

test('down goes into the list and stays at its end; up comes back to the field and stays there', () => {
  expect([-1, 0, 1, 2].map((at) => placeAfter('ArrowDown', at, 3))).toEqual([0, 1, 2, 2])
  expect([2, 1, 0, -1].map((at) => placeAfter('ArrowUp', at, 3))).toEqual([1, 0, -1, undefined])
})

test('other keys, and an empty list, move nothing', () => {
  expect(['Tab', 'Home', 'a', 'ArrowLeft'].map((key) => placeAfter(key, 0, 3))).toEqual([undefined, undefined, undefined, undefined])
  expect(placeAfter('ArrowDown', -1, 0)).toBeUndefined()
})
