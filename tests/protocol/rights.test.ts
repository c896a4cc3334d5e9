// roles.ts says what the contract's table says: every action, every standing, nothing more and nothing less.
import { expect, test } from 'bun:test'
import { allows, effectiveRole, RELAY_ACTIONS, SESSION_ACTIONS, type SessionAction } from '#protocol'
import { markOf, RELAY_RIGHTS, RIGHTS } from './rights-table.ts'

const actions = Object.keys(SESSION_ACTIONS) as SessionAction[]

test('every action stands in one line of the table', () => {
  expect(RIGHTS.flatMap((row) => row.actions).sort()).toEqual([...actions].sort())
})

test.each(actions)('%s', (action) => {
  for (const standing of ['owner', 'collaborator', 'viewer', 'link'] as const) {
    const mark = markOf(action, standing)
    expect([standing, allows(action, standing), allows(action, standing, true)]).toEqual([standing, mark === 'yes', mark !== 'no'])
  }
  expect(allows(action, null, true)).toBe(false)
})

test('what is of the relay as a whole', () => expect<object>(RELAY_ACTIONS).toEqual(RELAY_RIGHTS))

test('a viewer of the relay is one everywhere, an admin an owner everywhere, and nobody is something by default', () => {
  expect(effectiveRole('owner', 'viewer')).toBe('viewer')
  expect(effectiveRole(null, 'viewer')).toBeNull()
  expect(effectiveRole(null, 'user')).toBeNull()
  expect(effectiveRole('viewer', 'user')).toBe('viewer')
  expect(effectiveRole(null, 'admin')).toBe('owner')
})
