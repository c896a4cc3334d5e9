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
  // What was stopped by hand stays so.
  expect(await states('next')).toEqual([{ state: 'waiting' }, { state: 'waiting' }])
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

test('W1 of two questions of one that was cut off the second is answered when the work of the first is over: its end is told to those who did not want to hear of the first', async () => {
  const [rig, receiver] = [await webhooksRig(), await startReceiver()]
  const { id: cut } = await rig.execute({ url: receiver.url, secret, events: ['execution.failed'] })
  const { id: told } = await rig.execute({ url: `${receiver.url}?all`, secret })
  const ask = (request: string, pass: string | null, status: string, of: string) =>
    rig.run("INSERT INTO permissions (request_id, session_id, execution_id, tool_use_id, tool, input_hash, request, kind, status, pass, opened_at) VALUES (?, 's', ?, '', '', '', '', 'tool', ?, ?, 0)", request, of, status, pass)
  await ask('first', null, 'open', cut)
  // Its answer was caught on the way.
  await ask('second', 'owed', 'allowed', cut)
  await ask('another', null, 'open', told)
  for (const id of [cut, told]) await rig.end(id, 'interrupted')
  /** The work of `was` goes on with the answer to this question in `next`, which ends so. */
  async function goOn(was: readonly string[], request: string, next: string, status: string): Promise<void> {
    await rig.run("INSERT INTO executions (id, session_id, user_id, username, origin, status, created_at, started_at) VALUES (?, 's', ?, 'owner', 'prompt', 'running', 1, 1)", next, rig.owner.userId)
    for (const id of was) {
      await rig.storage.commit({ statements: [...(await rig.webhooks.goOn(id, next)), { sql: 'UPDATE executions SET continued_by = ? WHERE id = ?', params: [next, id] }] })
    }
    await rig.run("UPDATE permissions SET status = 'allowed', pass = NULL WHERE request_id = ?", request)
    await rig.end(next, status)
    await rig.webhooks.boot()
  }
  const states = (id: string) => rig.storage.query('SELECT state FROM webhook_deliveries WHERE execution_id = ? ORDER BY state', [id])
  await goOn([cut, told], 'first', 'one', 'completed')
  await eventually('the other one is told of both', () => receiver.got.length === 2)
  await eventually('what is over is settled', async () => (await rig.storage.query("SELECT 1 FROM webhook_deliveries WHERE state = 'pending'")).length === 0)
  rig.clock.step(30 * 24 * 3_600_000)
  rig.clock.advance(3_600_000)
  await rig.webhooks.boot()
  expect(await states('one')).toEqual([{ state: 'delivered' }, { state: 'waiting' }])
  expect(await states(cut)).toEqual([{ state: 'waiting' }])
  await goOn(['one'], 'second', 'two', 'failed')
  await eventually('its failure is told to both', () => receiver.got.length === 4)
  expect(receiver.got.slice(2).map(({ path, body }) => [path, rest.webhookBody.parse(JSON.parse(body))] as const).map(([path, { type, execution_id, continues }]) => ({ path, type, execution_id, continues })).toSorted((a, b) => a.path.localeCompare(b.path))).toEqual(
    ['/hook', '/hook?all'].map((path) => ({ path, type: 'execution.failed', execution_id: 'two', continues: ['one'] })),
  )
  // Nothing is asked of the first any more, but still of the one that it went on with beside it.
  expect(await states('one')).toEqual([{ state: 'delivered' }, { state: 'waiting' }])
  await rig.run("UPDATE permissions SET status = 'withdrawn' WHERE request_id = 'another'")
  await rig.webhooks.boot()
  expect([await states(cut), await states('one')]).toEqual([[], [{ state: 'delivered' }]])
  await rig.stop()
  await receiver.stop()
})
