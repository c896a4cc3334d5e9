// Whoever is connected is here, whenever the relay last wrote down that it saw them.
import { expect, test } from 'bun:test'
import { lastHere } from '../../../../src/views/admin/last-here.ts'

test('now, at some time, never', () => {
  const connected = [{ id: 'jun', name: 'Jun', sockets: 2 }]
  expect(lastHere({ id: 'jun', seen_at: 5 }, connected)).toBe('now')
  expect(lastHere({ id: 'jun', seen_at: null }, connected)).toBe('now')
  expect(lastHere({ id: 'ada', seen_at: 5 }, connected)).toBe(5)
  expect(lastHere({ id: 'ada', seen_at: null }, [])).toBe('never')
})
