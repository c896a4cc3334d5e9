// Each rule of PROTOCOL.md is held by a test that quotes its id at the beginning of its title, and no test quotes another.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FROM_BROWSER } from '#protocol'

const root = join(import.meta.dir, '..', '..')
const page = readFileSync(join(root, 'src/protocol/PROTOCOL.md'), 'utf8')
const rules = [...page.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id]) => id!)
const TITLE = /\b(?:test|describe)(?:\.each\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:[A-Z]\d+[ ,:]+)+)/g

/** The ids at the beginning of the titles of all tests. */
const quoted = new Set<string>()
for (const path of new Bun.Glob('tests/**/*.ts').scanSync(root)) {
  for (const [, , ids] of readFileSync(join(root, path), 'utf8').matchAll(TITLE)) for (const id of ids!.match(/[A-Z]\d+/g)!) quoted.add(id)
}

test('no id is given twice', () => expect(new Set(rules).size).toBe(rules.length))

test('every rule is quoted by a test', () => {
  expect(rules.length).toBeGreaterThan(45)
  expect(rules.filter((id) => !quoted.has(id))).toEqual([])
})

test('what a test quotes is a rule', () => expect([...quoted].filter((id) => !rules.includes(id))).toEqual([]))

test('what is said to be no part of it yet is none: the parser knows no message of that name', () => {
  const later = page.slice(page.indexOf('\n## Not part of version 1 yet'))
  const named = [...later.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  expect(named).toContain('code_change')
  expect(named.filter((name) => name in FROM_BROWSER)).toEqual([])
})
