// Where the bare address leads.
import { expect, test } from 'bun:test'
import { chooseSession } from '../../../../src/views/session/choose-session.ts'

const row = (updated_at: number, people = ['Minji'], visibility: 'workspace' | 'private' = 'workspace', archived = false) => ({ archived, updated_at, people, visibility })
const minji = { name: 'Minji', role: 'user' } as const
const root = { name: 'root', role: 'admin' } as const

test('to the session that was open last, else to the newest that is not put away', () => {
  const rows = new Map([['old', row(1)], ['new', row(2)], ['away', row(3, ['Minji'], 'workspace', true)]])
  for (const last of ['away', 'gone', null]) expect([last, chooseSession(rows, last, minji)]).toEqual([last, 'new'])
  expect(chooseSession(rows, 'old', minji)).toBe('old')
  expect(chooseSession(new Map(), 'old', minji)).toBeNull()
})

test('never to one that is open to its admin alone by that right', () => {
  const rows = new Map([['mine', row(1, ['Jun', 'root'], 'private')], ['shared', row(2)], ['closed', row(3, ['Jun'], 'private')]])
  for (const last of [null, 'gone', 'closed']) expect([last, chooseSession(rows, last, root)]).toEqual([last, 'mine'])
  // Where one has been before, and everybody of the folder may be.
  expect(chooseSession(rows, 'shared', root)).toBe('shared')
  rows.delete('mine')
  for (const last of [null, 'gone', 'closed']) expect([last, chooseSession(rows, last, root)]).toEqual([last, null])
  // Nobody else is shown what they have no part in, so whatever is listed is theirs to see.
  expect(chooseSession(rows, null, minji)).toBe('closed')
})
