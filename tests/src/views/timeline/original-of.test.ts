// A fork names what it came from to whoever sees that.
import { expect, test } from 'bun:test'
import { originalOf } from '../../../../src/views/timeline/original-of.ts'

test('the original by the name it has now, and nothing to whoever does not see it', () => {
  const rows = new Map([['s-0', { title: 'Rate limit' }]])
  expect(originalOf({ code: 'forked', args: { from: 's-0', at_seq: 7 } }, rows)).toEqual({ id: 's-0', title: 'Rate limit' })
  expect(originalOf({ code: 'forked', args: { from: 's-1', at_seq: 7 } }, rows)).toBeNull()
  expect(originalOf({ code: 'forked', args: {} }, rows)).toBeNull()
  expect(originalOf({ code: 'imported', args: { from: 's-0' } }, rows)).toBeNull()
})
