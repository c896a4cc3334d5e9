// Who keeps whom from connecting: strangers and floods of one user spend nothing that belongs to others.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let minji: string

beforeAll(async () => {
  relay = await startRelay({ settings: { ADMISSION_BURST: '100', ADMISSION_PER_SECOND: '1', MAX_CONNECTIONS_PER_USER: '5' } })
  minji = await relay.token('minji')
})
afterAll(() => relay.stop())

/** Statuses of so many handshakes at once that become no socket: who has a good token lacks the upgrade. */
const flood = (count: number, path: string, token?: string) =>
  Promise.all(Array.from({ length: count }, async () => (await fetch(`${relay.url}${path}`, { headers: token ? { 'sec-websocket-protocol': `ensemble.v1, bearer.${token}` } : {} })).status))

async function isLetIn(token: string): Promise<void> {
  const client = await connectProtocol({ url: relay.url, token })
  expect((await client.request('ping')).ok).toBe(true)
  client.close()
  await client.closed
}

test('L4 wrong and missing tokens take no place in the line of those who have a good one', async () => {
  const wrong = await flood(200, '/ws?token=wrong')
  expect(new Set(wrong)).toEqual(new Set([401, 429]))
  const missing = await flood(200, '/ws')
  expect(missing.at(-1)).toBe(429)
  await isLetIn(minji)
})

test('L4 one user alone cannot empty the line of all', async () => {
  const statuses = await flood(300, '/ws', await relay.token('mallory', 'viewer'))
  expect(new Set(statuses)).toEqual(new Set([400, 429]))
  await isLetIn(minji)
})
