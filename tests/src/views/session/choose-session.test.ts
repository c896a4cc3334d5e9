// Where the bare address leads.
import { expect, test } from 'bun:test'
import { chooseSession } from '../../../../src/views/session/choose-session.ts'

const rows = new Map([
  ['old', { archived: false, updated_at: 1 }],
  ['new', { archived: false, updated_at: 2 }],
  ['away', { archived: true, updated_at: 3 }],
])

test('to the session that was open last, else to the newest that is not put away', () => {
  expect(chooseSession(rows, 'old')).toBe('old')
  expect(chooseSession(rows, 'away')).toBe('new')
  expect(chooseSession(rows, 'gone')).toBe('new')
  expect(chooseSession(rows, null)).toBe('new')
  expect(chooseSession(new Map(), 'old')).toBeNull()
})
