// Why somebody cannot have a session is said only where the relay says it.
import { expect, test } from 'bun:test'
import english from '../../../../src/i18n/en/sharing.ts'
import { refusalOf } from '../../../../src/views/session/hand-over-refusal.ts'

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
