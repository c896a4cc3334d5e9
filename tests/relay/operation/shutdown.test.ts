// A relay is told to end while it works: what it says, to whom, in which order, and what is on the disk afterwards.
import { afterAll, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { relayHome, startRelayProcess } from '../../support/start-relay.ts'

const api = createScriptedMessagesApi()
const home = relayHome()
afterAll(async () => {
  await api.stop()
  home.remove()
})

test('O5 SIGTERM under work: not ready, no new prompts, sockets told, the turn interrupted with its text, all of it in the file', async () => {
  const relay = await startRelayProcess({ home, apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off' } })
  const token = await relay.token('ann')
  const root = await relay.token('root', 'admin')
  const ann = await connectProtocol({ url: relay.url, token })
  const { session_id } = await ann.ask('create_session', { title: 'Under way' })
  await ann.subscribe(`session:${session_id}`)
  const gate = createGate()
  api.when('begin and stand still').say('half of it').hold(gate).say('never')
  await ann.ask('claude_message', { session_id, content: 'begin and stand still' })
  await gate.reached
  await ann.until((frame) => frame.type === 'claude_response', 'the first words')

  // Asked for again and again until nobody answers: what was heard on the way down.
  const heard = new Set<string>()
  let isGone = false
  const asking = (async () => {
    while (!isGone) {
      const answers = await Promise.all([
        fetch(`${relay.url}/readyz`, { headers: { authorization: `Bearer ${root}` } }).then(async (ready) => `${ready.status} ${((await ready.json()) as { reasons: { code: string }[] }).reasons.map(({ code }) => code).join()}`),
        fetch(`${relay.url}/ws`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } }).then(async (shake) => (shake.status === 503 ? ((await shake.json()) as { code: string }).code : 'open')),
      ]).catch(() => [])
      for (const answer of answers) heard.add(answer)
    }
  })()
  const began = performance.now()
  relay.kill('SIGTERM')
  const closed = await ann.closed
  expect([closed.code, Number(closed.reason) > 0]).toEqual([4503, true])
  expect(await relay.exited()).toEqual({ code: 0, signal: null })
  expect(performance.now() - began).toBeLessThan(25_000)
  isGone = true
  await asking
  gate.open()
  expect([...heard]).toEqual(expect.arrayContaining(['503 draining', 'DRAINING']))

  // The WAL is folded into the file and gone.
  const file = join(home.data, 'ensemble.sqlite')
  expect([existsSync(`${file}-wal`), existsSync(join(home.data, 'relay.json'))]).toEqual([false, false])
  const database = new Database(file, { readonly: true })
  const execution = database.query('SELECT status, reason FROM executions WHERE session_id = ?').get(session_id as string)
  const text = database.query("SELECT data FROM events WHERE channel = ? AND type = 'claude_response'").get(`session:${session_id}`) as { data: string }
  const last = database.query("SELECT data FROM events WHERE channel = 'system' AND type = 'status' ORDER BY seq DESC LIMIT 1").get() as { data: string }
  database.close()
  expect(JSON.parse(last.data)).toMatchObject({ status: 'not_ready', reasons: ['draining'] })
  expect(execution).toEqual({ status: 'interrupted', reason: 'relay_restart' })
  expect(JSON.parse(text.data)).toMatchObject({ content: 'half of it', completed: true })

  const again = await startRelayProcess({ home, apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off' } })
  await eventually('ready again', async () => (await fetch(`${again.url}/readyz`)).status === 200)
  const back = await connectProtocol({ url: again.url, token })
  expect((await back.subscribe(`session:${session_id}`, { position: { epoch: ann.frames[0]!.data['epoch'] as string, seq: 1 } }))['recovered']).toBeTrue()
  back.close()
  await again.stop()
}, 60_000)
