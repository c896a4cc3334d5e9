// An execution that was cut off goes on in another one: what its webhooks tell then.
import { expect, test } from 'bun:test'
import { rest } from '#protocol'
import { eventually } from '../../support/eventually.ts'
import { isSigned, startReceiver } from './receiver.ts'
import { webhooksRig } from './webhooks-rig.ts'

const secret = 'a secret of the receiver'

test('W1, W2 the work of one that was cut off goes on in another: whoever was to hear of its end hears of both, or of the one they asked for, under their secret', async () => {
  const [rig, receiver] = [await webhooksRig(), await startReceiver()]
  const [both, last, stopped] = [await rig.execute({ url: receiver.url, secret }), await rig.execute({ url: `${receiver.url}?last`, secret, events: ['execution.completed'] }), await rig.execute({ url: `${receiver.url}?stopped`, secret })]
  const cut = [both.id, last.id, stopped.id]
  const answered = (id: string, status: string) => rig.run('UPDATE permissions SET status = ? WHERE execution_id = ?', status, id)
  for (const id of cut) {
    await rig.run("INSERT INTO permissions (request_id, session_id, execution_id, tool_use_id, tool, input_hash, request, kind, status, opened_at) VALUES (?, 's', ?, '', '', '', '', 'tool', 'open', 0)", `of ${id}`, id)
  }
  await rig.webhooks.stopTrying(rig.asked(rig.owner), (await rig.delivery(stopped.id)).delivery_id)
  for (const id of cut) await rig.end(id, 'interrupted')
  await eventually('it is told', async () => (await rig.delivery(both.id)).state === 'delivered')
  const other = await rig.execute({ url: receiver.url, secret })
  await rig.end(other.id)
  await eventually('the other one is told', async () => (await rig.delivery(other.id)).state === 'delivered')
  // However long the question is open, and whatever is looked through meanwhile.
  rig.clock.step(30 * 24 * 3_600_000)
  rig.clock.advance(3_600_000)
  await eventually('what is over is forgotten', async () => (await rig.storage.query('SELECT id FROM webhook_deliveries WHERE execution_id = ?', [other.id])).length === 0)
  receiver.got.splice(1)
  await rig.webhooks.boot()
  const states = (id: string) => rig.storage.query('SELECT state FROM webhook_deliveries WHERE execution_id = ?', [id])
  expect([await states(both.id), await states(last.id)]).toEqual([[{ state: 'delivered' }], [{ state: 'waiting' }]])

  await rig.run("INSERT INTO executions (id, session_id, user_id, username, origin, status, created_at, started_at) VALUES ('next', 's', ?, 'owner', 'prompt', 'running', 1, 1)", rig.owner.userId)
  for (const id of cut) {
    await rig.storage.commit({ statements: [...(await rig.webhooks.goOn(id, 'next')), { sql: "UPDATE executions SET continued_by = 'next' WHERE id = ?", params: [id] }] })
    await answered(id, 'allowed')
  }
  await rig.webhooks.boot()
  expect(await states(last.id)).toEqual([])
  await rig.end('next', 'completed')
  await eventually('three came', () => receiver.got.length >= 3)
  const told = receiver.got.map((got) => ({ path: got.path, ...rest.webhookBody.parse(JSON.parse(got.body)) }))
  expect(told.map(({ path, type, execution_id }) => [path, type, execution_id])).toEqual([['/hook', 'execution.interrupted', both.id], ...told.slice(1).map(({ path }) => [path, 'execution.completed', 'next'])])
  expect(told.slice(1).map(({ path }) => path).sort()).toEqual(['/hook', '/hook?last'])
  expect(told.map(({ continues }) => continues?.toSorted())).toEqual([undefined, cut.toSorted(), cut.toSorted()])
  expect(await Promise.all(receiver.got.map((got) => isSigned(got, secret)))).toEqual([true, true, true])
  expect(new Set(told.map(({ id }) => id)).size).toBe(3)
  await rig.stop()
  await receiver.stop()
})
