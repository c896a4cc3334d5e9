// Webhooks of a whole relay with the real CLI: asked for over REST, told at the end of the turn, and after kill -9 in between.
import { afterAll, expect, test } from 'bun:test'
import { rest } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../../support/eventually.ts'
import { relayHome, startRelay, startRelayProcess } from '../../support/start-relay.ts'
import { startReceiver } from './receiver.ts'

const api = createScriptedMessagesApi()
const receiver = await startReceiver()
afterAll(async () => {
  await receiver.stop()
  await api.stop()
})
const settings = { CLAUDE_SANDBOX: 'off', WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' }

function caller(url: string, token: string) {
  return async (method: string, path: string, body?: object, key?: string) => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) }
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, any> }
  }
}
const signatureFits = async (got: { headers: Record<string, string>; body: string }, secret: string) => {
  const [t, v1] = got.headers['ensemble-signature']!.split(',').map((part) => part.slice(part.indexOf('=') + 1))
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const wanted = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${t}.${got.body}`))
  return Buffer.from(wanted).toString('hex') === v1
}

test('W1 a prompt over REST with a webhook: the secret is in the answer, the end is told with figures and metadata', async () => {
  const relay = await startRelay({ apiUrl: api.url, settings })
  const token = await relay.token('ci', 'user')
  const call = caller(relay.url, token)
  api.when('build').say('It is built.')
  const webhook = { url: receiver.url }
  const started = await call('POST', '/claude/execute', { prompt: 'build', metadata: { build: 7 }, webhook }, 'build-7')
  const { execution_id, session_id, webhook_secret } = rest.executed.parse(started.body)
  expect([started.status, webhook_secret]).toEqual([202, expect.stringMatching(/^whsec_.{40,}$/)])
  const { webhook_secret: _, ...repeated } = started.body
  expect((await call('POST', '/claude/execute', { prompt: 'build', metadata: { build: 7 }, webhook }, 'build-7')).body).toEqual({ ...repeated, webhook_secret_shown: true })
  const kept = await relay.relay.storage.query<{ text: string }>('SELECT result AS text FROM answers UNION ALL SELECT secret FROM webhook_deliveries')
  expect(JSON.stringify(kept)).not.toContain(webhook_secret!.slice(6))
  await eventually('the receiver was told', () => receiver.got.length === 1, 60_000)
  const [got] = receiver.got
  const body = rest.webhookBody.parse(JSON.parse(got!.body))
  expect(body).toMatchObject({ type: 'execution.completed', execution_id, session_id, status: 'completed', username: 'ci', error: null, metadata: { build: 7 }, stats: { num_turns: 1 } })
  expect(await signatureFits(got!, webhook_secret!)).toBeTrue()
  await eventually('the delivery is noted', async () => (await call('GET', `/webhooks/deliveries?execution_id=${execution_id}`)).body.deliveries[0].state === 'delivered')
  expect(JSON.stringify(relay.logged)).not.toContain(webhook_secret!.slice(6))

  const before = (await call('GET', '/claude/sessions')).body.total
  for (const unfit of [{ url: 'https://169.254.169.254/' }, { url: 'nowhere' }, { url: receiver.url, secret: 'short' }, { url: receiver.url, events: ['all'] }]) {
    expect([unfit, (await call('POST', '/claude/execute', { prompt: 'build', webhook: unfit })).body.code]).toEqual([unfit, 'VALIDATION'])
    // Nothing of the rest was done either: the session keeps its model.
    expect([unfit, (await call('POST', '/claude/execute', { prompt: 'build', session_id, model: 'haiku', webhook: unfit })).status]).toEqual([unfit, 400])
  }
  expect((await call('GET', '/claude/sessions')).body.total).toBe(before)
  expect((await call('GET', `/claude/sessions/${session_id}`)).body.model ?? null).toBeNull()
  await relay.stop()
}, 90_000)

test('W2 kill -9 between two attempts and in the middle of a turn: both ends are told by the next relay, with the same id', async () => {
  receiver.got.length = 0
  receiver.says(500)
  const home = relayHome()
  const first = await startRelayProcess({ apiUrl: api.url, home, settings })
  const call = caller(first.url, await first.token('ci'))
  const gate = createGate()
  api.when('one').say('Done.')
  api.when('two').say('Half ').hold(gate).say('done.')
  const secret = 'a secret of the receiver'
  const one = rest.executed.parse((await call('POST', '/claude/execute', { prompt: 'one', webhook: { url: receiver.url, secret } })).body)
  const attempts = async () => (await call('GET', `/webhooks/deliveries?execution_id=${one.execution_id}`)).body.deliveries[0].attempts as number
  await eventually('the first attempt is noted', async () => (await attempts()) >= 1, 60_000)
  const two = rest.executed.parse((await call('POST', '/claude/execute', { prompt: 'two', webhook: { url: receiver.url, secret } })).body)
  await gate.reached
  first.kill('SIGKILL')
  await first.exited()
  gate.open()

  receiver.says(200)
  const second = await startRelayProcess({ apiUrl: api.url, home, settings })
  const taken = () => receiver.got.map(({ body, headers }) => ({ ...rest.webhookBody.parse(JSON.parse(body)), attempt: headers['ensemble-attempt'] }))
  await eventually('both are told', () => [one, two].every(({ execution_id }) => taken().some((each) => each.execution_id === execution_id && (each.execution_id === two.execution_id || each.attempt !== '1'))), 60_000)
  const ofOne = taken().filter(({ execution_id }) => execution_id === one.execution_id)
  expect(new Set(ofOne.map(({ id }) => id)).size).toBe(1)
  expect(taken().find(({ execution_id }) => execution_id === two.execution_id)).toMatchObject({ type: 'execution.interrupted', status: 'interrupted', reason: 'relay_restart' })
  for (const got of receiver.got) expect(await signatureFits(got, secret)).toBeTrue()
  const again = caller(second.url, await second.token('ci'))
  await eventually('both are noted', async () => {
    const states = await Promise.all([one, two].map(async ({ execution_id }) => (await again('GET', `/webhooks/deliveries?execution_id=${execution_id}`)).body.deliveries[0].state as string))
    return states.every((state) => state === 'delivered')
  })
  await second.stop()
  home.remove()
}, 120_000)
