// Which texts are commands of ours, and which go to Claude.
import { expect, test } from 'bun:test'
import { isIdleCompact, isNote, parseLocalCommand } from '../../../../src/views/session/local-command.ts'

test.each([
  ['/note ops are fine with it', { name: 'note', argument: 'ops are fine with it' }],
  ['/note first\nsecond', { name: 'note', argument: 'first\nsecond' }],
  ['/clear', { name: 'clear', argument: '' }],
  [' /fork ', { name: 'fork', argument: '' }],
  ['/rename Rate limit', { name: 'rename', argument: 'Rate limit' }],
] as const)('%p is ours', (text, command) => {
  expect(parseLocalCommand(text)).toEqual(command)
})

test.each(['/note', '/rename  ', '/compact keep the tests', '/review', 'see /clear', '/clearly', 'note'])('%p is not ours', (text) => {
  expect(parseLocalCommand(text)).toBeNull()
})

test('a note shows as one from its first letter on', () => {
  expect([isNote('/note'), isNote('/note hello'), isNote('/notes'), isNote('hello /note')]).toEqual([true, true, false, false])
})

test('a compact with nothing to compact is told from one that came too late', () => {
  expect([{ details: { reason: 'nothing_to_compact' } }, { details: { status: 'allowed' } }, { details: null }, {}, undefined].map(isIdleCompact)).toEqual([true, false, false, false, false])
})
