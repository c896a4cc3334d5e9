// A session is offered to whom it can be given; why somebody cannot have it is said only where the relay says it.
import { expect, test } from 'bun:test'
import english from '../../../../src/i18n/en/sharing.ts'
import { canBeHeir, refusalOf } from '../../../../src/views/session/hand-over.ts'

test('it is offered to collaborators, and to an admin who takes it over themselves', () => {
  const all = (['owner', 'collaborator', 'viewer'] as const).flatMap((role) => [true, false].map((you) => ({ role, you })))
  expect(all.filter(canBeHeir)).toEqual([{ role: 'collaborator', you: true }, { role: 'collaborator', you: false }, { role: 'viewer', you: true }])
})

test.each([
  [{ code: 'CONFLICT', details: { reason: 'owns' } }, 'owns'],
  [{ code: 'CONFLICT', details: { reason: 'viewer' } }, 'cannotOwn'],
] as const)('%p: %p', (trouble, word) => {
  expect(refusalOf(trouble)).toBe(word)
  expect(english.handOver).toHaveProperty(word)
})

test.each([{ code: 'CONFLICT' }, { code: 'CONFLICT', details: null }, { code: 'NOT_FOUND', details: { reason: 'owns' } }])('%p says nothing of the person', (trouble) => {
  expect(refusalOf(trouble)).toBeNull()
})
