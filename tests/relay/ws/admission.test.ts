// Who keeps whom from connecting: strangers and floods of one user spend nothing that belongs to others.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createAdmission } from '../../../relay/ws/admission.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let minji: string

beforeAll(async () => {
  relay = await startRelay({ settings: { ADMISSION_BURST: '100', ADMISSION_PER_SECOND: '1', MAX_CONNECTIONS: '200', MAX_CONNECTIONS_PER_USER: '5', TRUSTED_PROXIES: '127.0.0.1' } })
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

test('L4 neither one user nor four together empty the line of all', async () => {
  const mallories = await Promise.all([1, 2, 3, 4].map((n) => relay.token(`mallory-${n}`, 'viewer')))
  for (const floods of [mallories.slice(0, 1), mallories]) {
    const statuses = (await Promise.all(floods.map((token) => flood(300, '/ws', token)))).flat()
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
  }
  await isLetIn(minji)
})

test('L4 those who want all for long get the same each, and who comes seldom is let in every time', () => {
  const clock = { at: 0, now: () => clock.at }
  const { user } = createAdmission({ settings: { admissionBurst: 2_000, admissionPerSecond: 200 }, clock })
  const got = new Map<string, number>()
  const tries = (name: string): boolean => {
    try {
      user(name)
      got.set(name, (got.get(name) ?? 0) + 1)
      return true
    } catch {
      return false
    }
  }
  // A minute in which four users and then twelve come a thousand times a second, and one after another somebody new.
  for (; clock.at < 60_000; clock.at += 10) {
    const greedy = clock.at < 30_000 ? 4 : 12
    for (let each = 0; each < 10; each++) for (let n = 0; n < greedy; n++) tries(`greedy ${n}`)
    expect(tries(`new at ${clock.at}`)).toBe(true)
  }
  const all = [...got.values()].reduce((sum, count) => sum + count, 0)
  expect(all).toBeWithin(13_000, 14_001)
  const [first, ...others] = [0, 1, 2, 3].map((n) => got.get(`greedy ${n}`)!)
  for (const other of others) expect(other / first!).toBeWithin(0.9, 1.1)
})

test('L4 who has come before and comes back with all devices after a restart is let in at once', () => {
  const { user } = createAdmission({ settings: { admissionBurst: 2_000, admissionPerSecond: 200 }, clock: { now: () => 0 } })
  for (let device = 0; device < 20; device++) for (let n = 0; n < 90; n++) user(`user ${n}`)
  for (let n = 0; n < 200; n++) user(`single ${n}`)
  expect(() => user('one more')).toThrow('too many sockets at once')
})

test('L4 an address that takes places without signing in leaves some to others', async () => {
  const opened: WebSocket[] = []
  const isOpened = (address: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws`, { headers: { 'x-forwarded-for': address } } as never)
      socket.onopen = () => resolve(opened.push(socket) > 0)
      socket.onerror = () => resolve(false)
    })
  const held = await Promise.all(Array.from({ length: 30 }, () => isOpened('10.1.1.1')))
  expect(held.filter(Boolean)).toHaveLength(10)
  expect([await isOpened('10.1.1.2'), await isOpened('10.1.1.1'), await isOpened('10.1.1.3')]).toEqual([true, false, true])
  for (const socket of opened) socket.close()
})
