// The contract is frozen: a changed schema fails here until the version is raised and the hash renewed on purpose.
import { expect, test } from 'bun:test'
import * as z from 'zod/mini'
import { ERRORS, FROM_BROWSER, FROM_RELAY, PROTOCOL_VERSION, RELAY_ACTIONS, SESSION_ACTIONS } from '#protocol'

const FROZEN = { version: 1, hash: '420be7dc507bb335b31d4b4bfd796ebf' }

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
