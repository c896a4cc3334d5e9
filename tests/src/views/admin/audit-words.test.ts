// Whatever the relay audits has its sentence (the compiler sees to that); here: which of them is said.
import { expect, test } from 'bun:test'
import { saidAs } from '../../../../src/views/admin/audit-words.ts'

test('an answer is said as what it was, a change as what changed', () => {
  const variant = (action: string, detail: object) => saidAs(action, detail as Record<string, unknown>)?.variant
  expect([variant('permission.answer', { behavior: 'deny' }), variant('permission.answer', { behavior: 'allow' })]).toEqual(['deny', 'allow'])
  expect([{}, { count: 1 }, { count: 2 }, { count: 5, others: true }].map((detail) => variant('sign_in_failed', detail))).toEqual(['once', 'once', 'often', 'others'])
  expect([variant('session.change', { archived: true }), variant('session.change', { archived: false }), variant('session.change', { visibility: 'private' })]).toEqual(['archived', 'unarchived', 'private'])
})

test('a change of members is said as what it was; what nobody knows is not said, whatever its name', () => {
  expect(saidAs('relay.restore', {})?.said).toBe('relay_restore')
  expect([saidAs('workspace.add_member', {})?.said, saidAs('workspace.remove_member', {})?.said]).toEqual(['workspace_add_member', 'workspace_remove_member'])
  expect(['something.new', 'constructor', 'toString', ''].map((action) => saidAs(action, {}))).toEqual([null, null, null, null])
})
