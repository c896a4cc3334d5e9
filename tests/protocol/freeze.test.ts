// The contract is frozen: a changed schema fails here until the version is raised and the hash renewed on purpose.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { DIRECT, draft, ERRORS, FROM_BROWSER, FROM_RELAY, PROTOCOL_VERSION, RELAY_ACTIONS, SESSION_ACTIONS } from '#protocol'

const FROZEN = { version: 1, hash: '420b18d2a501fd791057473e3e0fa2a6' }

/** One text for all shapes on the wire, independent of the order in which they are declared. */
function contractText(): string {
  const shapes = { browser: z.toJSONSchema(z.object(FROM_BROWSER), { io: 'input' }), relay: z.toJSONSchema(z.object(FROM_RELAY), { io: 'input' }), ERRORS, SESSION_ACTIONS, RELAY_ACTIONS }
  return JSON.stringify(shapes, (_key, value) =>
    value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )
}

test('the schemas of version 1 have not changed', () => {
  const hash = new Bun.CryptoHasher('sha256').update(contractText()).digest('hex').slice(0, 32)
  expect({ version: PROTOCOL_VERSION, hash }).toEqual(FROZEN)
})

test('nothing is frozen that no test of the relay names: the rest is drafted', () => {
  const spoken = [...new Bun.Glob('tests/{relay,walk}/**/*.ts').scanSync('.')].map((path) => readFileSync(path, 'utf8')).join('\n')
  expect([...Object.keys(FROM_BROWSER), ...Object.keys(FROM_RELAY)].filter((type) => !spoken.includes(`'${type}'`))).toEqual([])
})

test('what is drafted is spoken by nobody', () => {
  expect(Object.keys(draft.DRAFT_KEPT).filter((type) => Object.hasOwn(FROM_RELAY, type))).toEqual([])
  expect(Object.keys(draft.DRAFT_SESSION_STATE).filter((field) => Object.hasOwn(DIRECT.session_state.shape, field))).toEqual([])
})
