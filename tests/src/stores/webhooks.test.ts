// The stores of the pages on webhooks and storage: what they ask for, and that a slow answer to an older question changes nothing.
import { expect, test } from 'bun:test'
import type { DeliveriesPage, WebhookDelivery } from '#protocol'
import type { Outcome } from '../../../src/connection/connection.ts'
import { useStorageStore } from '../../../src/stores/use-storage-store.ts'
import { useWebhooksStore } from '../../../src/stores/use-webhooks-store.ts'
import { eventually } from '../../support/eventually.ts'
import { createAskedRest, refused } from './asked-rest.ts'

function setUp() {
  const { asked, run } = createAskedRest()
  return { asked, webhooks: run(() => useWebhooksStore()), storage: run(() => useStorageStore()) }
}

const rowOf = (n: number): WebhookDelivery => ({ delivery_id: `d${n}`, execution_id: `e${n}`, session_id: 's', user_id: 'u', username: 'minji', url: 'https://hook.example/', state: 'failed', type: 'execution.completed', attempts: 1, created_at: -n, next_at: null, last_at: 0, last_ms: 1, last_status: 500, last_problem: 'status', last_answer: '', settled_at: 0 })
const page = (from: number, count: number, next: string | null): Outcome<DeliveriesPage> => ({ ok: true, data: { deliveries: Array.from({ length: count }, (_, n) => rowOf(from + n)), next } })
const failed = refused('FORBIDDEN')

test('webhooks: a page, more of it, and all that is shown is kept fresh', async () => {
  const { asked, webhooks } = setUp()
  const first = webhooks.load()
  expect(asked[0]).toMatchObject({ path: 'webhooks/deliveries', query: { state: null, limit: 50 } })
  asked[0]!.answer(page(0, 50, 'c1'))
  await first
  const more = webhooks.more()
  expect(asked[1]!.query).toEqual({ state: null, limit: 50, cursor: 'c1' })
  asked[1]!.answer(page(50, 20, null))
  await more
  expect([webhooks.rows!.length, webhooks.next]).toEqual([70, null])
  const fresh = webhooks.load()
  expect(asked[2]!.query['limit']).toBe(70)
  asked[2]!.answer(page(-1, 70, 'c2'))
  await fresh
  expect([webhooks.rows![0]!.delivery_id, webhooks.rows!.length, webhooks.next]).toEqual(['d-1', 70, 'c2'])
})

test('webhooks: past two hundred the oldest stay as they were, each once', async () => {
  const { asked, webhooks } = setUp()
  const first = webhooks.load()
  asked[0]!.answer(page(0, 200, 'c'))
  await first
  const more = webhooks.more()
  asked[1]!.answer(page(200, 50, 'd'))
  await more
  const fresh = webhooks.load()
  expect(asked[2]!.query['limit']).toBe(200)
  asked[2]!.answer(page(-3, 200, 'x'))
  await fresh
  const ids = webhooks.rows!.map(({ delivery_id }) => delivery_id)
  expect([ids.length, new Set(ids).size, ids.at(-1), webhooks.next]).toEqual([253, 253, 'd249', 'd'])
})

test('webhooks: another state is another list, whatever an older question is answered', async () => {
  const { asked, webhooks } = setUp()
  const older = webhooks.load()
  const chosen = webhooks.choose('failed')
  expect(webhooks.rows).toBeNull()
  asked[1]!.answer(page(7, 1, null))
  await chosen
  asked[0]!.answer(page(0, 3, null))
  await older
  expect([asked[1]!.query['state'], webhooks.rows!.map(({ delivery_id }) => delivery_id)]).toEqual(['failed', ['d7']])
})

test('webhooks: what is sent again is busy until it is known how it stands, and a refusal is told', async () => {
  const { asked, webhooks } = setUp()
  const retried = webhooks.retry('d1')
  expect([asked[0]!.path, webhooks.changing.has('d1')]).toEqual(['webhooks/deliveries/d1/retry', true])
  asked[0]!.answer({ ok: true, data: {} })
  await eventually('how it stands is asked', () => asked.length === 2)
  asked[1]!.answer(page(0, 1, null))
  expect([await retried, webhooks.changing.has('d1')]).toEqual([null, false])
  const refused = webhooks.stop('d1')
  expect(asked[2]!.path).toBe('webhooks/deliveries/d1')
  asked[2]!.answer(failed)
  await eventually('how it stands is asked', () => asked.length === 4)
  asked[3]!.answer(failed)
  expect((await refused)?.code).toBe('FORBIDDEN')
  expect([webhooks.trouble?.code, webhooks.rows!.length]).toEqual(['FORBIDDEN', 1])
})

test('storage: what was known stays while the relay does not answer', async () => {
  const { asked, storage } = setUp()
  const facts = { folder: '/d', epoch: 'e', database_bytes: 1, files: { count: 0, bytes: 0, copied_bytes: 0 }, events: 0, sessions: 0, disk: { free_bytes: 1, total_bytes: 2 }, last_backup: null }
  const first = storage.load()
  asked[0]!.answer({ ok: true, data: facts })
  await first
  const second = storage.load()
  asked[1]!.answer(failed)
  await second
  expect([storage.facts?.folder, storage.trouble?.code]).toEqual(['/d', 'FORBIDDEN'])
})
