// The link of a connection against a real WebSocket server: silence, tokens, draining, cuts around commands.
import { afterEach, expect, test } from 'bun:test'
import { seededRandom } from '../../support/seeded-random.ts'
import { createFastClock } from './fake-clock.ts'
import { stopAll, until, connect, newRelay, listen } from './connection-rig.ts'

afterEach(stopAll)

test('a link gone silent is given up within 35 s and replaced', async () => {
  const relay = newRelay()
  const { connection, states } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const silentFrom = performance.now()
  relay.rule({ mute: true })
  await until(() => states.includes('reconnecting'), 'noticed')
  expect((performance.now() - silentFrom) * 50).toBeLessThan(45_000)
  relay.rule({ mute: false })
  await until(() => heard.joins.length === 2, 'back')
})

test('token refused on a live link: renewed once, back at once', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.close(4401, 'the token has expired')
  await until(() => heard.joins.length === 2, 'back')
  expect(relay.tokens).toEqual(['token-1', 'token-2'])
  expect(tokens.renewals()).toBe(1)
})

test('C7: token and its successor refused at the handshake: signed out, and no more tries', async () => {
  const relay = newRelay()
  relay.rule({ refuseTokens: new Set(['token-1', 'token-2']) })
  const { connection, tokens } = connect(relay, { isTokenTaken: async () => false })
  connection.start()
  await until(() => connection.state().kind === 'signed-out', 'signed out')
  expect(tokens.renewals()).toBe(1)
  expect(relay.tokens.length).toBe(2)
})

test('signing in again opens the link again', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  await tokens.token.signOut()
  await until(() => relay.sockets() === 0, 'closed')
  expect(connection.state().kind).toBe('signed-out')
  tokens.signIn()
  await until(() => heard.joins.length === 2, 'back')
})

test('a token renewed ahead of time is handed over on the live link', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  await tokens.renew()
  await until(() => relay.asked.some((each) => each.type === 'auth'), 'auth')
  expect(relay.asked.find((each) => each.type === 'auth')!.data).toEqual({ token: 'token-2' })
  expect([heard.joins.length, relay.sockets()]).toEqual([1, 1])
})

test('a draining relay chooses when we come back', async () => {
  const relay = newRelay()
  const clock = createFastClock(50)
  const { connection } = connect(relay, { clock, random: () => 0 })
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const from = clock.elapsed()
  relay.close(4503, '4000')
  await until(() => heard.joins.length === 2, 'back')
  expect(clock.elapsed() - from).toBeGreaterThanOrEqual(4_000)
})

test('offline is said after 20 s without success or when the browser says so; `online` tries at once', async () => {
  const relay = newRelay()
  const slowClock = createFastClock(50)
  const { connection, page, states } = connect(relay, { clock: slowClock })
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.stop()
  await until(() => states.at(-1) === 'offline', '20 s are over')
  expect(states.slice(states.lastIndexOf('live'))).toContain('reconnecting')
  page.fire('offline')
  expect(connection.state()).toEqual({ kind: 'offline', waiting: 0 })
})

test('the browser goes offline: an open socket is not believed any more, only a new greeting is', async () => {
  const relay = newRelay()
  const { connection, page, states } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.rule({ mute: true })
  page.fire('offline')
  expect(connection.state()).toEqual({ kind: 'offline', waiting: 0 })
  await until(() => relay.sockets() === 1 && relay.tokens.length === 2, 'tried anew, without an answer')
  expect(connection.state().kind).toBe('offline')
  const from = states.length
  page.fire('online')
  expect(connection.state().kind).not.toBe('live')
  relay.rule({ mute: false })
  await until(() => heard.joins.length === 2, 'back')
  expect([states.slice(from).includes('live'), heard.joins[1]]).toEqual([true, true])
})

test('a browser without network, a relay on its own machine: offline at once, live again with the next greeting', async () => {
  const relay = newRelay()
  const { connection, page } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  page.fire('offline')
  expect(connection.state().kind).toBe('offline')
  await until(() => connection.state().kind === 'live', 'answered')
})

test('a command given while there is no link waits and is answered after it is back', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const { answer } = connection.deliver('claude_message', { session_id: 's1', content: 'hello' })
  expect(connection.outbox.items().length).toBe(1)
  connection.start()
  expect(await answer).toMatchObject({ ok: true, data: { session_id: 's1', message_id: 'm1', queue_position: 0 } })
  await until(() => connection.outbox.items().length === 0, 'gone')
})

test('cut before and after the effect, at random: each command has one effect, in order', async () => {
  const seed = Date.now() % 100_000
  const random = seededRandom(seed)
  const relay = newRelay()
  relay.onCommand(() => (random() < 0.3 ? 'cut-before' : random() < 0.4 ? 'cut-after' : 'answer'))
  const { connection } = connect(relay, { random: () => 0 })
  connection.start()
  const deliveries = Array.from({ length: 40 }, (_, index) => connection.deliver('claude_message', { session_id: `s${index % 2}`, content: `${index}` }))
  const outcomes = await Promise.all(deliveries.map((each) => each.answer))
  expect(outcomes.every((each) => each.ok), `seed ${seed}`).toBe(true)
  for (const lane of ['s0', 's1']) {
    const contents = relay.effects.flatMap((each) => (each.type === 'claude_message' && each.data.session_id === lane ? [Number(each.data.content)] : []))
    expect(contents, `seed ${seed}`).toEqual(Array.from({ length: 20 }, (_, index) => index * 2 + (lane === 's1' ? 1 : 0)))
  }
})

test('a message larger than a frame is refused here, and the link stays', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const { answer } = connection.deliver('claude_message', { session_id: 's1', content: '\u0001'.repeat(256 * 1024) })
  expect(await answer).toMatchObject({ ok: false, trouble: { code: 'TOO_LARGE' } })
  expect(connection.outbox.items()[0]).toMatchObject({ state: 'refused' })
  expect([relay.sockets(), heard.joins.length]).toEqual([1, 1])
})

test('asking without a link is UNREACHABLE at once; passing signs are dropped', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  expect(await connection.request('command', { session_id: 's1', command: 'interrupt', args: { execution_id: 'e1' } })).toMatchObject({ ok: false, trouble: { code: 'UNREACHABLE' } })
  connection.send('typing', { session_id: 's1' })
  connection.start()
  await until(() => connection.state().kind === 'live', 'live')
  expect(relay.asked).toEqual([])
})
