// Whatever the relay audits has its sentence, and a place among the kinds that people look for.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { saidAs } from '../../../../src/views/admin/audit-words.ts'

/** The names of what is audited, as the relay's sources have them. */
function audited(): string[] {
  const names = new Set<string>()
  for (const path of new Bun.Glob('relay/**/*.ts').scanSync('.')) {
    const text = readFileSync(path, 'utf8')
    const called = [...text.matchAll(/\baudit\((?:\w+\.)?who, (?:\w+ \? )?'([\w.]+)'(?: : '([\w.]+)')?/g)].flatMap(([, one, other]) => [one!, ...(other ? [other] : [])])
    const told = [...text.matchAll(/\b(?:told\('([\w.]+)'|action: '([\w.]+)')/g)].map(([, one, other]) => one ?? other!)
    for (const name of [...called, ...(path.startsWith('relay/auth/') ? told : [])]) names.add(name)
  }
  return [...names, 'session.invite', 'session.set_role'].sort()
}

test('each has a sentence', () => {
  const names = audited()
  expect(names.length).toBeGreaterThan(30)
  expect(names.filter((name) => saidAs(name, {}) === null)).toEqual([])
})

test('an answer is said as what it was, a change as what changed', () => {
  const variant = (action: string, detail: object) => saidAs(action, detail as Record<string, unknown>)?.variant
  expect([variant('permission.answer', { behavior: 'deny' }), variant('permission.answer', { behavior: 'allow' })]).toEqual(['deny', 'allow'])
  expect([variant('session.change', { archived: true }), variant('session.change', { archived: false }), variant('session.change', { visibility: 'private' })]).toEqual(['archived', 'unarchived', 'private'])
  expect(saidAs('something.new', {})).toBeNull()
})
