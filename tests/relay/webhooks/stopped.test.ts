// Deliveries that end before they are taken: because whoever asked may not know any more, or somebody stopped them.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { eventually } from '../../support/eventually.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { webhooksRig, type WebhooksRig } from './webhooks-rig.ts'

let rig: WebhooksRig
let receiver: Receiver
beforeEach(async () => {
  rig = await webhooksRig()
  receiver = await startReceiver()
})
afterEach(async () => {
  await rig.stop()
  await receiver.stop()
})

const secret = 'a secret of the receiver'
const settled = (id: string, state: string) => eventually(`the delivery is ${state}`, async () => (await rig.delivery(id)).state === state)
const noted = (id: string, attempts: number) => eventually(`${attempts} attempts are noted`, async () => (await rig.delivery(id)).attempts === attempts)

test('W2 who may not read the session any more, or is no user any more, is told nothing, before the first attempt and between two', async () => {
  const [removed, gone, viewer] = [await rig.person('removed', 'user', 'collaborator'), await rig.person('gone', 'user', 'collaborator'), await rig.person('looks', 'user', 'collaborator')]
  receiver.says(500)
  const between = await rig.execute({ url: receiver.url, secret }, removed)
  await rig.end(between.id)
  await noted(between.id, 1)
  receiver.says(200)
  const [first, ofNobody, still] = [await rig.execute({ url: receiver.url, secret }, removed), await rig.execute({ url: receiver.url, secret }, gone), await rig.execute({ url: receiver.url, secret }, viewer)]
  await rig.run('UPDATE participants SET removed_at = 1 WHERE user_id = ?', removed.userId)
  await rig.run("UPDATE participants SET role = 'viewer' WHERE user_id = ?", viewer.userId)
  await rig.run('UPDATE users SET deleted_at = 1 WHERE id = ?', gone.userId)
  for (const { id } of [first, ofNobody, still]) await rig.end(id)
  rig.clock.advance(5_000)
  for (const { id } of [between, first, ofNobody]) {
    await settled(id, 'stopped')
    expect(await rig.delivery(id)).toMatchObject({ last_problem: 'rights', next_at: null, settled_at: expect.any(Number) })
  }
  await settled(still.id, 'delivered')
  expect(receiver.got.map(({ body }) => (JSON.parse(body) as { execution_id: string }).execution_id)).toEqual([between.id, still.id])
  // By hand nothing is sent either, until they may read it again.
  await rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(first.id)).delivery_id)
  await settled(first.id, 'stopped')
  await rig.run('UPDATE participants SET removed_at = NULL WHERE user_id = ?', removed.userId)
  await rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(first.id)).delivery_id)
  await settled(first.id, 'delivered')
  expect(receiver.got).toHaveLength(3)
})

test('W2 it is stopped by hand, while it waits and between two attempts; what was over stays so', async () => {
  receiver.says(500)
  const [waiting, tried] = [await rig.execute({ url: receiver.url, secret }), await rig.execute({ url: receiver.url, secret })]
  await rig.end(tried.id)
  await noted(tried.id, 1)
  const stop = async (id: string) => outcomeOf(rig.webhooks.stopTrying(rig.asked(rig.owner), (await rig.delivery(id)).delivery_id))
  expect([await stop(waiting.id), await stop(tried.id), await stop(tried.id)]).toEqual(['allowed', 'allowed', 'CONFLICT'])
  await rig.end(waiting.id)
  rig.clock.advance(60_000)
  expect(await rig.delivery(tried.id)).toMatchObject({ state: 'stopped', attempts: 1, last_status: 500, next_at: null, settled_at: expect.any(Number) })
  expect((await rig.delivery(waiting.id)).state).toBe('stopped')
  expect(receiver.got).toHaveLength(1)
  // There is nothing to send of the one, and the other goes out again.
  const retry = async (id: string) => outcomeOf(rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(id)).delivery_id))
  receiver.says(200)
  expect([await retry(waiting.id), await retry(tried.id)]).toEqual(['CONFLICT', 'allowed'])
  await settled(tried.id, 'delivered')
  expect((await rig.storage.query("SELECT action FROM audit WHERE action = 'webhook.stop'")).length).toBe(2)
})
