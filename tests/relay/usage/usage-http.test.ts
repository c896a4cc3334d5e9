// Reports and budgets as they are asked for: over REST and WebSocket, by whoever may, in any time zone, as CSV, and with bad words.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let api: ScriptedMessagesApi
let relay: StartedRelay
let storage: Storage
const tokens: Record<string, string> = {}
const people: Record<string, ProtocolClient> = {}
let session = ''

beforeAll(async () => {
  api = createScriptedMessagesApi()
  api.when(/./s).say('Yes, like that.')
  relay = await startRelay({ apiUrl: api.url, settings: { BUDGET_TIME_ZONE: 'UTC' } })
  storage = await openStorage({ url: relay.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  for (const [name, role] of [['minji', 'admin'], ['ada', 'user'], ['grace', 'user'], ['stranger', 'user'], ['vera', 'user']] as const) {
    tokens[name] = await relay.token(name, role)
    people[name] = await connectProtocol({ url: relay.url, token: tokens[name], name })
  }
  const begun = await people['ada']!.ask('create_session', { title: '=Tides, at "night"', visibility: 'private' })
  session = String(begun['session_id'])
  await people['ada']!.subscribe(`session:${session}`)
  for (const [name, role] of [['grace', 'collaborator'], ['vera', 'viewer']] as const) await people['ada']!.ask('invite_user', { session_id: session, target_user_id: idOf(name), role })
  for (const name of ['ada', 'grace']) await prompt(name)
  const at = Date.UTC(2026, 0, 10, 20)
  const row = (entry: string, more: object) => {
    const values = { entry, source: 'relay', session_id: 'gone', user_id: idOf('ada'), username: 'ada', model: 'claude-opus-5-5', at, turns: 1, input_tokens: 10, output_tokens: 5, cache_read_tokens: 100, cache_write_tokens: 7, cost_micros: 250_000, estimated: 0, ...more }
    return { sql: `INSERT INTO usage (${Object.keys(values).join(', ')}) VALUES (${Object.keys(values).map(() => '?').join(', ')})`, params: Object.values(values) as (string | number | null)[] }
  }
  await storage.commit({
    statements: [
      row('a', {}),
      row('b', { at: at + 2 * 3_600_000, model: 'claude-haiku-4-5', cost_micros: 1 }),
      row('c', { user_id: 'left', username: '@left', cost_micros: 40 }),
      row('d', { source: 'terminal', user_id: null, username: null, turns: 0, estimated: 1, cost_micros: 9_000 }),
      row('e', { source: 'terminal', user_id: null, username: null, turns: 0, estimated: 1, cost_micros: null, model: 'unheard-of' }),
    ],
  })
})
afterAll(async () => {
  for (const each of Object.values(people)) each.close()
  await storage.close()
  await relay.stop()
  await api.stop()
})

const idOf = (name: string) => String(people[name]!.frames[0]!.data['user'].id)
async function prompt(name: string) {
  const { execution_id } = await people[name]!.ask('claude_message', { session_id: session, content: 'Go on' })
  await people['ada']!.until(({ type, data }) => type === 'task' && data['execution_id'] === execution_id && data['status'] === 'completed', 'the end')
}
async function call(name: string, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${relay.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${tokens[name]}`, ...(body && { 'content-type': 'application/json' }), ...headers }, ...(body && { body: JSON.stringify(body) }) })
  const text = await response.text()
  return { status: response.status, text, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, any>) : {} }
}
const january = 'from=2026-01-10&to=2026-01-11'

test('G4 everybody is told of their own use, workers of a session of all of it, admins of everything', async () => {
  expect((await call('ada', 'GET', '/usage')).body['total']).toMatchObject({ turns: 1 })
  expect((await call('stranger', 'GET', '/usage')).body['total']).toMatchObject({ turns: 0, cost_micros: 0 })
  for (const name of ['ada', 'grace', 'minji']) expect((await call(name, 'GET', `/usage?session_id=${session}&by=user`)).body['rows'].map((each: any) => each.username).sort()).toEqual(['ada', 'grace'])
  expect([(await call('vera', 'GET', `/usage?session_id=${session}`)).status, (await call('stranger', 'GET', `/usage?session_id=${session}`)).status]).toEqual([403, 404])
  for (const path of [`/usage?user_id=${idOf('grace')}`, '/usage?source=terminal', '/usage?source=all']) expect([path, (await call('ada', 'GET', path)).status]).toEqual([path, 403])
  const all = await call('minji', 'GET', `/usage?${january}&by=user`)
  expect(all.body['rows'].map((each: any) => [each.username, each.cost_micros])).toEqual([['ada', 250_001], [null, 9_000], ['@left', 40]])
  expect(all.body['total']).toMatchObject({ turns: 3, cost_micros: 259_041, estimated_micros: 9_000, unpriced_tokens: 122 })
  expect((await call('minji', 'GET', `/usage?${january}&by=source&source=terminal`)).body['rows']).toHaveLength(1)
})

test('G5 the days of a report are those of the asker', async () => {
  const days = async (tz: string) => (await call('minji', 'GET', `/usage?${january}&source=relay&tz=${encodeURIComponent(tz)}`)).body['rows'].map((each: any) => [each.day, each.turns])
  expect(await days('UTC')).toEqual([['2026-01-10', 3]])
  expect(await days('Asia/Seoul')).toEqual([['2026-01-11', 3]])
  expect(await days('Europe/Kyiv')).toEqual([['2026-01-10', 2], ['2026-01-11', 1]])
  const two = await call('minji', 'GET', `/usage?${january}&source=relay&by=day,model`)
  expect(two.body['rows'].map((each: any) => [each.day, each.model])).toEqual([['2026-01-10', 'claude-opus-5-5'], ['2026-01-10', 'claude-haiku-4-5']])
})

test('a title, and whose session it is, is told to those who may read it now', async () => {
  const row = async (name: string) => (await call(name, 'GET', '/usage?by=session')).body['rows'][0] as { title: string | null; owner_id: string | null; owner_name: string | null }
  const all = { title: '=Tides, at "night"', owner_id: idOf('ada'), owner_name: 'ada' }
  expect([await row('grace'), await row('minji')]).toMatchObject([all, all])
  await people['ada']!.ask('remove_user', { session_id: session, target_user_id: idOf('grace') })
  expect(await row('grace')).toMatchObject({ title: null, owner_id: null, owner_name: null })
  await people['ada']!.ask('invite_user', { session_id: session, target_user_id: idOf('grace'), role: 'collaborator' })
})

test('as CSV a report can be opened by a spreadsheet and runs nothing there', async () => {
  const csv = await call('minji', 'GET', `/usage.csv?${january}&by=user,model`)
  expect([csv.status, csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([200, 'text/csv; charset=utf-8; header=present', 'attachment; filename="usage-2026-01-10-2026-01-11.csv"'])
  const lines = csv.text.split('\r\n')
  expect(lines[0]).toBe('user_id,username,model,turns,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cost_micros,estimated_micros,unpriced_tokens')
  expect([lines.length, lines.at(-1), lines.some((line) => line.startsWith("left,'@left,claude-opus-5-5,1,10,5,100,7,40"))]).toEqual([7, '', true])
  const same = await call('minji', 'GET', `/usage?by=session&session_id=${session}`, undefined, { accept: 'text/csv' })
  expect(same.text).toContain(`"'=Tides, at ""night"""`)
})

test('G5 JSON of many rows says that it is cut, CSV has all of them, sums of days among them, and begins with a mark for spreadsheets', async () => {
  const at = Date.UTC(2025, 2, 29, 22)
  const hours = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2399)'
  const columns = 'entry, source, session_id, user_id, username, model, at, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros'
  // Two days of Berlin, the second of 23 hours and beginning at 23:00 UTC: of each session something in either.
  await storage.commit({ statements: [{ sql: `${hours} INSERT INTO usage (${columns}) SELECT 'many-' || i, 'relay', 's' || (i % 1200), 'left', 'lef;t', 'm', ? + (i / 1200) * 3600000, 1, 1, 1, 1, 1, i % 1200 FROM n`, params: [at] }] })
  try {
    const spring = 'from=2025-03-29&to=2025-03-30&tz=Europe%2FBerlin'
    const whole = (await call('minji', 'GET', `/usage?${spring}&by=day`)).body
    expect([whole['rows'].map((each: any) => [each.day, each.turns]), whole['cut']]).toEqual([[['2025-03-29', 1200], ['2025-03-30', 1200]], false])
    for (const [by, rows] of [['session', 1200], ['day,session', 2400], ['session,user', 1200]] as const) {
      const told = (await call('minji', 'GET', `/usage?${spring}&by=${by}`)).body
      expect([by, told['rows'].length, told['cut'], told['total'].turns]).toEqual([by, 1000, true, 2400])
      const csv = await fetch(`${relay.url}/api/v1/usage.csv?${spring}&by=${by}`, { headers: { authorization: `Bearer ${tokens['minji']}` } })
      const bytes = await csv.bytes()
      expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
      const lines = new TextDecoder().decode(bytes).trimEnd().split('\r\n').slice(1)
      expect([by, lines.length, new Set(lines).size]).toEqual([by, rows, rows])
    }
    const dearest = (await call('minji', 'GET', `/usage?${spring}&by=session,user`)).body['rows'][0]
    expect(dearest).toMatchObject({ session_id: 's1199', username: 'lef;t', title: null, turns: 2, cost_micros: 2398 })
  } finally {
    await storage.commit({ statements: [{ sql: "DELETE FROM usage WHERE entry LIKE 'many-%'" }] })
  }
})

test('bad words about time, breakdown and zone are VALIDATION, and quick', async () => {
  for (const query of ['from=yesterday', 'from=2026-02-30', 'from=2026-13-01', 'from=2026-02-02&to=2026-02-01', 'from=2000-01-01&to=2026-01-01', 'from=9999-12-31&to=9999-12-31', 'from=9999-12-31', 'to=0000-01-01', 'by=nothing', 'by=day,day', 'by=day,user,model', 'tz=Mars', 'tz=%00', 'source=x', `tz=${'x'.repeat(70)}`]) {
    for (const path of ['/usage', '/usage.csv']) expect([query, (await call('minji', 'GET', `${path}?${query}`)).body['code']]).toEqual([query, 'VALIDATION'])
  }
  for (const body of [{}, { limit_micros: -1 }, { limit_micros: 1.5 }, { limit_micros: 1e15 }, { limit_micros: 5, warn_percent: 0 }, { limit_micros: '5' }]) expect((await call('minji', 'PUT', '/budgets/default', body)).status).toBe(400)
  expect((await call('minji', 'PUT', '/budgets/nobody', { limit_micros: 1 })).status).toBe(404)
  expect((await call('minji', 'DELETE', '/budgets/default')).status).toBe(404)
})

test('G2 a budget stops over WebSocket and REST alike with 402 BUDGET, is audited, and stops nobody once it is gone', async () => {
  const key = { 'idempotency-key': 'one-budget' }
  for (const _ of [1, 2]) expect((await call('minji', 'PUT', '/budgets/default', { limit_micros: 20, warn_percent: 50 }, key)).status).toBe(200)
  expect((await call('ada', 'GET', '/usage/budget')).body).toMatchObject({ state: 'spent', limit_micros: 20, warn_percent: 50, tz: 'UTC' })
  const refused = await people['ada']!.request('claude_message', { session_id: session, content: 'More' })
  expect(refused).toMatchObject({ ok: false, error: { code: 'BUDGET', details: { limit_micros: 20 } } })
  expect(await people['ada']!.request('claude_message', { content: 'A new one' })).toMatchObject({ ok: false, error: { code: 'BUDGET' } })
  const execute = await call('ada', 'POST', '/claude/execute', { prompt: 'More' })
  expect([execute.status, execute.body['code']]).toEqual([402, 'BUDGET'])
  // Who has used nothing is stopped by nothing yet; one's own budget counts before that of everybody.
  expect((await call('stranger', 'GET', '/usage/budget')).body).toMatchObject({ state: 'within' })
  await call('minji', 'PUT', `/budgets/${idOf('ada')}`, { limit_micros: null })
  const { budgets } = (await call('minji', 'GET', '/budgets')).body
  expect(budgets.map((each: any) => [each.username, each.limit_micros, each.own])).toEqual([[null, 20, true], ...['ada', 'grace'].map((name) => [name, name === 'ada' ? null : 20, name === 'ada'])])
  await prompt('ada')
  await call('minji', 'DELETE', `/budgets/${idOf('ada')}`)
  expect((await people['ada']!.request('claude_message', { session_id: session, content: 'More' })).ok).toBe(false)
  expect((await call('minji', 'DELETE', '/budgets/default')).status).toBe(200)
  await prompt('ada')
  const audited = await storage.query<{ action: string; detail: string }>("SELECT action, detail FROM audit WHERE action LIKE 'budget.%' ORDER BY id")
  expect(audited.map(({ action, detail }) => [action, JSON.parse(detail).limit_micros])).toEqual([['budget.set', 20], ['budget.set', null], ['budget.delete', undefined], ['budget.delete', undefined]])
  for (const [method, path] of [['GET', '/budgets'], ['PUT', '/budgets/default'], ['DELETE', '/budgets/default']] as const) expect((await call('ada', method, path, method === 'PUT' ? { limit_micros: null } : undefined)).status).toBe(403)
})

test('a list of budgets that is longer than what is told says so', async () => {
  expect((await call('minji', 'GET', '/budgets')).body).toMatchObject({ cut: false })
  const many = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 501)'
  const added = await storage.commit({
    statements: [
      { sql: `${many} INSERT INTO users (id, name, name_key, role, created_at) SELECT 'many-' || i, 'many ' || i, 'many ' || i, 'user', 0 FROM n` },
      { sql: `${many} INSERT INTO budgets (user_id, limit_micros, warn_percent, set_by, set_at) SELECT 'many-' || i, 5, 80, '', 0 FROM n` },
    ],
  })
  expect(added).toMatchObject({ outcome: 'committed' })
  const { budgets, cut } = (await call('minji', 'GET', '/budgets')).body
  expect([budgets.length, cut]).toEqual([500, true])
  await storage.commit({ statements: [{ sql: "DELETE FROM budgets WHERE user_id LIKE 'many-%'" }, { sql: "DELETE FROM users WHERE id LIKE 'many-%'" }] })
})

test('what earlier versions kept beside each turn is in the report after the migration', async () => {
  const [turn] = await storage.query<{ id: string; stats: string }>("SELECT id, stats FROM executions WHERE session_id = ? AND stats IS NOT NULL ORDER BY created_at LIMIT 1", [session])
  const several = { ...JSON.parse(turn!.stats), models: [{ model: 'claude-opus-5-5', cost_usd: 0.5, input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4 }, { model: 'claude-haiku-4-5', cost_usd: 0.000001, input_tokens: 5, output_tokens: 6, cache_read_tokens: 7, cache_write_tokens: 8 }] }
  const sql = await Bun.file(new URL('../../../relay/storage/migrations/0010-usage.sql', import.meta.url)).text()
  const backfill = /INSERT OR IGNORE INTO usage[\s\S]*?;/.exec(sql)![0]
  // The moment is the turn's end there and that of its count here, some milliseconds later.
  const all = async () => (await storage.query<Record<string, unknown>>('SELECT * FROM usage WHERE source = ? ORDER BY entry', ['relay'])).map(({ at: _, ...row }) => row)
  const kept = await all()
  await storage.commit({ statements: [{ sql: "DELETE FROM usage WHERE source = 'relay' AND session_id <> 'gone'" }, { sql: backfill.slice(0, -1) }] })
  expect(await all()).toEqual(kept)
  await storage.commit({ statements: [{ sql: 'DELETE FROM usage WHERE execution_id = ?', params: [turn!.id] }, { sql: 'UPDATE executions SET stats = ? WHERE id = ?', params: [JSON.stringify(several), turn!.id] }, { sql: backfill.slice(0, -1) }] })
  const rows = await storage.query<Record<string, unknown>>('SELECT model, turns, cost_micros, cache_write_tokens, duration_ms FROM usage WHERE execution_id = ? ORDER BY model', [turn!.id])
  expect(rows).toEqual([
    { model: 'claude-haiku-4-5', turns: 0, cost_micros: 1, cache_write_tokens: 8, duration_ms: null },
    { model: 'claude-opus-5-5', turns: 1, cost_micros: 500_000, cache_write_tokens: 4, duration_ms: several.duration_ms },
  ])
})
