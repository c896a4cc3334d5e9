// Deliveries from the prompt to the receiver: what is signed and sent, how often, in what order, and who may look.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Refused, rest } from '#protocol'
import { eventually } from '../../support/eventually.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { maxAttempts, waitAfter } from '../../../relay/webhooks/schedule.ts'
import { isSigned, startReceiver, type Got, type Receiver } from './receiver.ts'
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
const came = (count: number) => eventually(`${count} came`, () => receiver.got.length >= count)
const noted = (id: string, attempts: number) => eventually(`${attempts} attempts are noted`, async () => (await rig.delivery(id)).attempts === attempts)

describe('what is sent', () => {
  test('W1 a signed request with the id of the event and what became of the execution', async () => {
    const { id } = await rig.execute({ url: `${receiver.url}?token=hidden`, secret })
    expect((await rig.delivery(id)).state).toBe('waiting')
    await rig.end(id, 'failed', { code: 'api_error', message: 'overloaded' })
    await settled(id, 'delivered')
    expect(receiver.got).toHaveLength(1)
    const [got] = receiver.got as [Got]
    const body = rest.webhookBody.parse(JSON.parse(got.body))
    expect(body).toMatchObject({ type: 'execution.failed', execution_id: id, session_id: 's', workspace_id: 'w', status: 'failed', username: 'owner', message_id: 'm-1', error: { code: 'api_error', message: 'overloaded' }, ended_at: rig.clock.now(), stats: null, metadata: null })
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'ensemble-event-id': body.id, 'ensemble-event': 'execution.failed', 'ensemble-attempt': '1', 'user-agent': 'Ensemble/1.2.3' })
    expect(got.path).toBe('/hook?token=hidden')
    expect([await isSigned(got, secret), await isSigned({ ...got, body: `${got.body} ` }, secret), await isSigned(got, 'another secret')]).toEqual([true, false, false])
    expect(got.headers['ensemble-signature']).toStartWith(`t=${Math.floor(rig.clock.now() / 1000)},`)
    expect(await rig.delivery(id)).toMatchObject({ url: receiver.url, attempts: 1, last_status: 200, last_answer: 'ok', last_problem: null, next_at: null })
    expect(JSON.stringify([rig.logged, await rig.delivery(id)])).not.toContain('hidden')
    expect(JSON.stringify(rig.logged)).not.toContain(secret)
  })

  test('W1 who brings no secret is made one and shown it once', async () => {
    const { id, secret: made } = await rig.execute({ url: receiver.url })
    expect(made).toBe(`whsec_${'made'.repeat(8)}`)
    const named = 'SELECT session_id FROM audit WHERE action = \'webhook.add\' AND detail LIKE ?'
    expect(await rig.storage.query(named, [`%${id}%`])).toEqual([{ session_id: 's' }])
    await rig.end(id)
    await settled(id, 'delivered')
    expect(await isSigned(receiver.got[0]!, made!)).toBeTrue()
    expect(JSON.stringify(await rig.delivery(id))).not.toContain(made!)
  })

  test('W1 no row has a secret that can be read, and one that was sent is signed with the same again; under another secret of the relay nothing is sent', async () => {
    const [given, made] = [await rig.execute({ url: receiver.url, secret }), await rig.execute({ url: receiver.url })]
    const rows = async () => JSON.stringify(await rig.storage.query('SELECT * FROM webhook_deliveries'))
    expect([(await rows()).includes(secret), (await rows()).includes(made.secret!)]).toEqual([false, false])
    await rig.end(given.id)
    await settled(given.id, 'delivered')
    await rig.restart()
    await rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(given.id)).delivery_id)
    await came(2)
    await settled(given.id, 'delivered')
    expect(await Promise.all(receiver.got.map((got) => isSigned(got, secret)))).toEqual([true, true])
    await rig.restart({ otherSecret: true })
    await rig.end(made.id)
    await settled(made.id, 'failed')
    expect([(await rig.delivery(made.id)).last_problem, receiver.got.length]).toEqual(['secret', 2])
  })

  test('only the ends that were asked for', async () => {
    const spec = { url: receiver.url, secret, events: ['execution.failed', 'execution.cancelled'] }
    const [done, failed] = [await rig.execute(spec), await rig.execute(spec)]
    await rig.end(done.id, 'completed')
    await rig.end(failed.id, 'failed')
    await settled(failed.id, 'delivered')
    expect(receiver.got.map(({ headers }) => headers['ensemble-event'])).toEqual(['execution.failed'])
    expect((await rig.webhooks.list(rig.owner, { execution_id: done.id })).deliveries).toEqual([])
  })

  test('what can never be delivered is refused with the prompt', () => {
    const accept = (spec: object) => {
      try {
        rig.webhooks.accept({ url: receiver.url, ...spec }, { executionId: 'e', sessionId: 's' }, rig.owner)
        return 'accepted'
      } catch (error) {
        return error instanceof Refused ? error.code : 'thrown'
      }
    }
    const wrong = [{ url: 'hook' }, { url: 'ftp://hook.example/' }, { url: 'https://a:b@hook.example/' }, { url: 'https://169.254.169.254/' }, { url: 'https://0.0.0.0/' }, { url: 'http://8.8.8.8/' }, { secret: 'short' }, { events: ['execution.started'] }]
    expect(wrong.map(accept)).toEqual(Array(wrong.length).fill('VALIDATION'))
    expect([{}, { events: [] }, { events: null, secret: null }].map(accept)).toEqual(['accepted', 'accepted', 'accepted'])
  })
})

test('deliveries are counted by what came of them, attempts by what was in the way, and how many wait', async () => {
  const counted = () => [rig.metrics.totals('ensemble_webhook_deliveries_total', 'outcome'), rig.metrics.totals('ensemble_webhook_attempts_total', 'outcome')]
  expect(counted()).toEqual([{ delivered: 0, failed: 0, stopped: 0 }, {}])
  receiver.says(500)
  const spec = { url: receiver.url, secret }
  const [taken, gone] = [await rig.execute(spec), await rig.execute(spec)]
  await rig.end(taken.id)
  await noted(taken.id, 1)
  expect(await rig.webhooks.waiting()).toBe(1)
  receiver.says(200)
  rig.clock.advance(5_000)
  await settled(taken.id, 'delivered')
  receiver.says(410)
  await rig.end(gone.id)
  await settled(gone.id, 'failed')
  const stopped = await rig.execute(spec)
  await rig.webhooks.stopTrying(rig.asked(rig.owner), (await rig.delivery(stopped.id)).delivery_id)
  await eventually('all is counted', () => JSON.stringify(counted()) === JSON.stringify([{ delivered: 1, failed: 1, stopped: 1 }, { status: 2, ok: 1 }]))
  expect(await rig.webhooks.waiting()).toBe(0)
})

describe('again and again', () => {
  test('W2 until it is taken, with the same id and body, ever more rarely', async () => {
    receiver.says(500, 'not now')
    const { id } = await rig.execute({ url: receiver.url, secret })
    await rig.end(id)
    await noted(id, 1)
    expect(await rig.delivery(id)).toMatchObject({ state: 'pending', last_status: 500, last_problem: 'status', last_answer: 'not now', next_at: rig.clock.now() + 5_000 })
    rig.clock.advance(4_999)
    expect(receiver.got).toHaveLength(1)
    rig.clock.advance(1)
    await noted(id, 2)
    expect((await rig.delivery(id)).next_at).toBe(rig.clock.now() + 15_000)
    receiver.says(204)
    rig.clock.advance(15_000)
    await settled(id, 'delivered')
    expect(new Set(receiver.got.map(({ body }) => body)).size).toBe(1)
    expect(receiver.got.map(({ headers }) => headers['ensemble-attempt'])).toEqual(['1', '2', '3'])
    expect(new Set(receiver.got.map(({ headers }) => headers['ensemble-event-id'])).size).toBe(1)
    expect(new Set(receiver.got.map(({ headers }) => headers['ensemble-signature'])).size).toBe(3)
    expect(await Promise.all(receiver.got.map((got) => isSigned(got, secret)))).toEqual([true, true, true])
    rig.clock.step(24 * 3_600_000)
    rig.clock.advance(60_000)
    expect(receiver.got).toHaveLength(3)
  })

  test('W2 over about a day, then it is given up, and tried by hand', async () => {
    receiver.says(503)
    const began = rig.clock.now()
    const { id } = await rig.execute({ url: receiver.url, secret })
    await rig.end(id)
    for (let attempts = 1; attempts <= maxAttempts; attempts++) {
      await eventually(`attempt ${attempts} is noted`, async () => (await rig.storage.query<{ attempts: number }>('SELECT attempts FROM webhook_deliveries'))[0]!.attempts === attempts)
      const [row] = await rig.storage.query<{ next_at: number | null }>('SELECT next_at FROM webhook_deliveries')
      if (row!.next_at === null) break
      const waitMs = row!.next_at - rig.clock.now()
      // The relay looks at its clock once a minute at least.
      rig.clock.step(Math.max(0, waitMs - 60_000))
      rig.clock.advance(60_000)
    }
    expect(await rig.delivery(id)).toMatchObject({ state: 'failed', attempts: maxAttempts, next_at: null, settled_at: rig.clock.now() })
    expect((rig.clock.now() - began) / 3_600_000).toBeCloseTo(24.6, 0)
    receiver.says(200)
    await rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(id)).delivery_id)
    await settled(id, 'delivered')
    expect(receiver.got).toHaveLength(maxAttempts + 1)
    expect(new Set(receiver.got.map(({ body }) => body)).size).toBe(1)
    expect(await rig.storage.query("SELECT COUNT(*) AS n FROM audit WHERE action = 'webhook.retry'")).toEqual([{ n: 1 }])
  })

  test('W2 the wait is halved at most by chance, and never shorter than the receiver asks for', () => {
    expect(Array.from({ length: maxAttempts }, (_, index) => waitAfter(index + 1, null, () => 1)).map((ms) => ms && ms / 1000)).toEqual([5, 15, 45, 135, 405, 1215, 3645, 10935, 14400, 14400, 14400, 14400, 14400, null])
    expect(waitAfter(2, null, () => 0)).toBe(7_500)
    expect([waitAfter(1, 60_000, () => 1), waitAfter(1, 1, () => 1), waitAfter(1, 10 ** 12, () => 1)]).toEqual([60_000, 5_000, 4 * 3_600_000])
  })

  test('W3 gone is gone, and an address that is not allowed is not tried again', async () => {
    receiver.says(410)
    const gone = await rig.execute({ url: receiver.url, secret })
    await rig.end(gone.id)
    await settled(gone.id, 'failed')
    expect(await rig.delivery(gone.id)).toMatchObject({ attempts: 1, last_status: 410 })
    await rig.stop()
    rig = await webhooksRig({ resolve: async () => ['169.254.169.254'] })
    const inner = await rig.execute({ url: 'https://hook.example/', secret })
    await rig.end(inner.id)
    await settled(inner.id, 'failed')
    expect(await rig.delivery(inner.id)).toMatchObject({ attempts: 1, last_status: null, last_problem: 'address' })
  })

  test('W2 another process goes on with what was not delivered, and finds what ended unheard', async () => {
    receiver.says(500)
    const tried = await rig.execute({ url: receiver.url, secret })
    await rig.end(tried.id)
    await noted(tried.id, 1)
    const unheard = await rig.execute({ url: receiver.url, secret })
    await rig.finish(unheard.id, 'interrupted')
    const running = await rig.execute({ url: receiver.url, secret })
    await rig.restart()
    receiver.says(200)
    await rig.webhooks.boot()
    await settled(unheard.id, 'delivered')
    rig.clock.advance(5_000)
    await settled(tried.id, 'delivered')
    expect((await rig.delivery(running.id)).state).toBe('waiting')
    expect(receiver.got.map(({ headers }) => headers['ensemble-event'])).toEqual(['execution.completed', 'execution.interrupted', 'execution.completed'])
    expect(receiver.got[0]!.headers['ensemble-event-id']).toBe(receiver.got[2]!.headers['ensemble-event-id']!)
  })

  test('an end that nobody told of is found within a minute; what is settled is forgotten after 30 days', async () => {
    const { id } = await rig.execute({ url: receiver.url, secret })
    await rig.finish(id)
    rig.clock.advance(60_000)
    await settled(id, 'delivered')
    rig.clock.step(30 * 24 * 3_600_000)
    rig.clock.advance(3_600_000)
    await eventually('it is forgotten', async () => (await rig.storage.query('SELECT id FROM webhook_deliveries')).length === 0)
  })

  test('an erased session takes its deliveries along', async () => {
    receiver.says(500)
    const { id } = await rig.execute({ url: receiver.url, secret })
    await rig.end(id)
    await noted(id, 1)
    await rig.run('DELETE FROM executions WHERE id = ?', id)
    expect(await rig.storage.query('SELECT COUNT(*) AS n FROM webhook_deliveries')).toEqual([{ n: 0 }])
    rig.clock.advance(5_000)
    expect(receiver.got).toHaveLength(1)
  })
})

describe('many at once', () => {
  async function silentOnes(count: number) {
    const all = await Promise.all(Array.from({ length: count }, () => startReceiver()))
    for (const each of all) each.answers(() => undefined)
    return { all, got: () => all.reduce((sum, { got }) => sum + got.length, 0), stop: () => Promise.all(all.map((each) => each.stop())) }
  }

  test('W5 one receiver that does not answer has two requests at a time, and no other waits for it', async () => {
    const silent = await startReceiver()
    silent.answers(() => undefined)
    const stuck = []
    for (let n = 0; n < 30; n++) stuck.push(await rig.execute({ url: silent.url, secret }))
    for (const { id } of stuck) await rig.end(id)
    await eventually('two wait for the silent one', () => silent.got.length === 2)
    const quick = []
    for (let n = 0; n < 5; n++) quick.push(await rig.execute({ url: receiver.url, secret }))
    for (const { id } of quick) await rig.end(id)
    for (const { id } of quick) await settled(id, 'delivered')
    expect(silent.got).toHaveLength(2)
    rig.clock.advance(10_000)
    await eventually('the next two', () => silent.got.length === 4)
    await silent.stop()
  })

  test('W5 a user with many, to many ports that do not answer, has four at a time, also by trying again, and nobody else waits', async () => {
    const eager = await rig.person('eager', 'user', 'collaborator')
    const silent = await silentOnes(12)
    const stuck = []
    for (let n = 0; n < 39; n++) stuck.push(await rig.execute({ url: silent.all[n % 12]!.url.replace('127.0.0.1', `h${n % 12}.example`), secret }, eager))
    for (const { id } of stuck) await rig.end(id)
    await eventually('four of them', () => silent.got() === 4)
    // As after a failure: by hand they are due at once.
    await rig.run("UPDATE webhook_deliveries SET state = 'failed' WHERE execution_id = ?", stuck[38]!.id)
    await rig.webhooks.retry(rig.asked(eager), (await rig.delivery(stuck[38]!.id)).delivery_id)
    for (const who of [rig.owner, await rig.person('mate', 'user', 'collaborator')]) {
      const { id } = await rig.execute({ url: receiver.url, secret }, who)
      await rig.end(id)
      await settled(id, 'delivered')
    }
    expect(silent.got()).toBe(4)
    await silent.stop()
  })

  test('W5 four at a time to all ports of one host', async () => {
    const silent = await silentOnes(6)
    for (const [n, each] of silent.all.entries()) await rig.end((await rig.execute({ url: each.url, secret }, await rig.person(`p${n}`, 'user', 'collaborator'))).id)
    const { id } = await rig.execute({ url: receiver.url.replace('127.0.0.1', 'elsewhere.example'), secret })
    await rig.end(id)
    await settled(id, 'delivered')
    expect(silent.got()).toBe(4)
    await silent.stop()
  })

  test('W5 four users whose receivers hang fill all sixteen places, and a fifth is told all the same', async () => {
    const silent = await silentOnes(16)
    const people = []
    for (let n = 0; n < 5; n++) people.push(await rig.person(`p${n}`, 'user', 'collaborator'))
    for (const [n, each] of silent.all.entries()) {
      for (let times = 0; times < 2; times++) await rig.end((await rig.execute({ url: each.url.replace('127.0.0.1', `h${n}.example`), secret }, people[n % 4]!)).id)
    }
    await eventually('sixteen', () => silent.got() === 16)
    for (let times = 0; times < 3; times++) {
      const { id } = await rig.execute({ url: receiver.url, secret }, people[4]!)
      await rig.end(id)
      await settled(id, 'delivered')
    }
    expect(silent.got()).toBe(16)
    await silent.stop()
  })

  test('W5 sixteen at a time over all, and the first ones of two more', async () => {
    const silent = await silentOnes(10)
    for (const [n, each] of silent.all.entries()) {
      const who = await rig.person(`p${n}`, 'user', 'collaborator')
      for (let times = 0; times < 2; times++) await rig.end((await rig.execute({ url: each.url.replace('127.0.0.1', `h${n}.example`), secret }, who)).id)
    }
    await eventually('sixteen and two', () => silent.got() === 18)
    rig.clock.advance(10_000)
    await eventually('the rest', () => silent.got() >= 20)
    await silent.stop()
  })
})

describe('who may look', () => {
  test('W6 owners of the session and whoever asked for it; to strangers there is none', async () => {
    const mate = await rig.person('mate', 'user', 'collaborator')
    const other = await rig.person('other', 'user', 'collaborator')
    const viewer = await rig.person('viewer', 'user', 'viewer')
    const stranger = await rig.person('stranger')
    const admin = await rig.person('admin', 'admin')
    receiver.says(410)
    const { id } = await rig.execute({ url: receiver.url, secret }, mate)
    await rig.end(id)
    await settled(id, 'failed')
    const { delivery_id } = await rig.delivery(id)
    const verdicts = async (what: (who: typeof mate) => Promise<unknown>) => Promise.all([rig.owner, mate, admin, other, viewer, stranger].map((who) => outcomeOf(what(who))))
    const expected = ['allowed', 'allowed', 'allowed', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND'] as const
    expect(await verdicts((who) => rig.webhooks.list(who, { execution_id: id }))).toEqual([...expected])
    expect(await outcomeOf(rig.webhooks.list(rig.owner, { execution_id: 'none' }))).toBe('NOT_FOUND')
    for (const who of [other, viewer]) for (const change of ['retry', 'stopTrying'] as const) expect(await outcomeOf(rig.webhooks[change](rig.asked(who), delivery_id))).toBe('FORBIDDEN')
    for (const none of [delivery_id, 'none']) expect(await outcomeOf(rig.webhooks.retry(rig.asked(stranger), none))).toBe('NOT_FOUND')
    for (const who of [rig.owner, mate, admin]) {
      const before = receiver.got.length
      expect(await outcomeOf(rig.webhooks.retry(rig.asked(who), delivery_id))).toBe('allowed')
      await came(before + 1)
      await settled(id, 'failed')
    }
    await rig.run("UPDATE participants SET removed_at = 1 WHERE user_id = ?", mate.userId)
    expect(await outcomeOf(rig.webhooks.list(mate, { execution_id: id }))).toBe('NOT_FOUND')
  })

  test('W6 all of the relay is for admins, in pages, the latest first', async () => {
    const admin = await rig.person('admin', 'admin')
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      ids.unshift((await rig.execute({ url: receiver.url, secret })).id)
      rig.clock.advance(1)
    }
    expect(await outcomeOf(rig.webhooks.list(rig.owner, {}))).toBe('FORBIDDEN')
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await rig.webhooks.list(admin, { limit: 2, cursor })
      seen.push(...page.deliveries.map(({ execution_id }) => execution_id))
      cursor = page.next
    }
    expect(seen).toEqual(ids)
    await rig.end(ids[0]!)
    await settled(ids[0]!, 'delivered')
    expect((await rig.webhooks.list(admin, { state: 'delivered' })).deliveries.map(({ execution_id }) => execution_id)).toEqual([ids[0]!])
    for (const cursor of ['x', '_', '1', '1.5_a', '1e999_a']) expect([cursor, await outcomeOf(rig.webhooks.list(admin, { cursor }))]).toEqual([cursor, 'VALIDATION'])
  })

  test('W6 an API token of an admin reads all of it with the scope admin only; the path of a url is for whoever asked', async () => {
    const admin = await rig.person('admin', 'admin')
    const { id } = await rig.execute({ url: `${receiver.url}/T0/B0/key`, secret })
    for (const scopes of [['read'], ['read', 'metrics']] as const) expect(await outcomeOf(rig.webhooks.list({ ...admin, scopes }, {}))).toBe('FORBIDDEN')
    const urlFor = async (who: typeof admin, query: object) => (await rig.webhooks.list(who, query)).deliveries[0]!.url
    const { origin } = new URL(receiver.url)
    expect(await urlFor({ ...admin, scopes: ['metrics', 'admin'] }, {})).toBe(`${origin}/…`)
    expect(await urlFor(admin, { execution_id: id })).toBe(`${origin}/…`)
    expect(await urlFor(rig.owner, { execution_id: id })).toBe(`${receiver.url}/T0/B0/key`)
  })

  test('what runs cannot be sent again', async () => {
    const { id } = await rig.execute({ url: receiver.url, secret })
    expect(await outcomeOf(rig.webhooks.retry(rig.asked(rig.owner), (await rig.delivery(id)).delivery_id))).toBe('CONFLICT')
  })
})
