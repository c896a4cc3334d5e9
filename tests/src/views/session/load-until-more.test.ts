// Older pages until a list has something new of them.
import { expect, test } from 'bun:test'
import { loadUntilMore } from '../../../../src/views/session/load-until-more.ts'

/** `pages`: how many entries each older page has for the list, the latest first. Resolves with how many were read and found. */
async function press(pages: number[]): Promise<[read: number, found: number]> {
  let read = 0
  let found = 0
  await loadUntilMore({ entries: () => found, hasOlder: () => read < pages.length, loadOlder: async () => void (found += pages[read++]!) })
  return [read, found]
}

test('pages without an entry are passed over, the first with one is enough, and no press reads for ever', async () => {
  expect(await press([0, 0, 2, 1])).toEqual([3, 2])
  expect(await press([1, 1])).toEqual([1, 1])
  expect(await press([0, 0])).toEqual([2, 0])
  expect(await press([])).toEqual([0, 0])
  expect((await press(Array.from({ length: 50 }, () => 0)))[0]).toBeLessThan(10)
})
