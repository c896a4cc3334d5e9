// Whatever the relay audits has its sentence (the compiler sees to that); here: which of them is said.
import { expect, test } from 'bun:test'
import { aboutAnswer, saidAs } from '../../../../src/views/admin/audit-words.ts'

test('an answer is said as what it was, a change as what changed', () => {
  const variant = (action: string, detail: object) => saidAs(action, detail as Record<string, unknown>)?.variant
  expect([variant('permission.answer', { behavior: 'deny' }), variant('permission.answer', { behavior: 'allow' })]).toEqual(['deny', 'allow'])
  const scoped = [{ scope: 'once', updated_input: null }, { scope: 'session' }, { scope: 'always' }, { scope: 'once', updated_input: {} }, { scope: 'once', tool: 'AskUserQuestion', updated_input: {} }]
  expect(scoped.map((detail) => variant('permission.answer', { behavior: 'allow', ...detail }))).toEqual(['allow', 'session', 'always', 'edited', 'answered'])
  expect([{}, { count: 1 }, { count: 2 }, { count: 5, others: true }].map((detail) => variant('sign_in_failed', detail))).toEqual(['once', 'once', 'often', 'others'])
  expect([variant('session.change', { archived: true }), variant('session.change', { archived: false }), variant('session.change', { visibility: 'private' })]).toEqual(['archived', 'unarchived', 'private'])
  expect([{ from: '', to: 'Ebb' }, { from: 'Tides', to: 'Ebb' }].map((detail) => variant('session.rename', detail))).toEqual(['first', 'again'])
})

test('a change of members is said as what it was; what nobody knows is not said, whatever its name', () => {
  expect(['relay.backup', 'relay.restore'].map((action) => saidAs(action, {})?.said)).toEqual(['relay_backup', 'relay_restore'])
  expect([saidAs('workspace.add_member', {})?.said, saidAs('workspace.remove_member', {})?.said]).toEqual(['workspace_add_member', 'workspace_remove_member'])
  expect(['something.new', 'constructor', 'toString', ''].map((action) => saidAs(action, {}))).toEqual([null, null, null, null])
})

test('who came, and whose role changed, by the word of an identity provider is said so', () => {
  const variants = (action: string) => [{}, { by: 'identity_provider' }].map((detail) => saidAs(action, detail)?.variant)
  expect([variants('user_added'), variants('role_set')]).toEqual([['person', 'provider'], ['person', 'provider']])
})

test('what was allowed is told in one line: the command, the file, the address, the edited one in the place of the first, and why not', () => {
  const about = (detail: object) => aboutAnswer('permission.answer', detail as Record<string, unknown>)
  const inputs = [{ command: 'rm -rf  /tmp/x\n  && ls', description: 'tidy' }, { file_path: '/etc/hosts', content: 'x' }, { url: 'https://example.org/', prompt: 'read' }, { query: 'tides' }, { deep: {} }]
  expect(inputs.map((input) => about({ input })?.subject ?? null)).toEqual(['rm -rf /tmp/x && ls', '/etc/hosts', 'https://example.org/', 'tides', null])
  expect(about({ input: { command: 'rm a' }, updated_input: { command: 'rm b' } })).toEqual({ subject: 'rm b', reason: null })
  expect(about({ input: { command: 'rm a' }, behavior: 'deny', message: 'not on this machine' })).toEqual({ subject: 'rm a', reason: 'not on this machine' })
  expect(about({ input: { questions: [] }, updated_input: { questions: [], answers: { 'Which one?': 'The first' } } })?.subject).toBe('Which one? The first')
  expect(about({ input: { command: 'x'.repeat(5_000) } })!.subject!.length).toBeLessThan(250)
  expect([about({ input: {}, message: null }), about({}), aboutAnswer('session.delete', { input: { command: 'x' } })]).toEqual([null, null, null])
})
