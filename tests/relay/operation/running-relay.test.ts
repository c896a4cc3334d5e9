// A relay at work, with the real CLI: what its metrics, its figures and its log say of it, and the stop button of a process.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { rest, type RelayStats, type SessionsOverview } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../../support/eventually.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { FAMILIES } from '../../../relay/observability/metric-families.ts'
import { histogramsOf, parsePrometheus } from '../observability/prometheus-text.ts'

let api: ScriptedMessagesApi
let relay: StartedRelay
let ann: ProtocolClient
let tokens: { ann: string; root: string }
beforeAll(async () => {
  api = createScriptedMessagesApi()
  relay = await startRelay({ apiUrl: api.url, settings: { CLAUDE_PREWARM: '1', CLAUDE_SANDBOX: 'off' } })
  tokens = { ann: await relay.token('ann'), root: await relay.token('root', 'admin') }
  ann = await connectProtocol({ url: relay.url, token: tokens.ann, name: 'ann' })
}, 30_000)
afterAll(async () => {
  ann.close()
  await relay.stop()
  await api.stop()
})

const ask = (token: string, path: string, init: RequestInit = {}) => fetch(`${relay.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) } })
const stats = async (): Promise<RelayStats> => rest.relayStats.parse(await (await ask(tokens.root, '/api/v1/stats')).json())
const overview = async (query = ''): Promise<SessionsOverview> => rest.sessionsOverview.parse(await (await ask(tokens.root, `/api/v1/stats/sessions${query}`)).json())
const stop = (id: string) => ask(tokens.root, `/api/v1/processes/${id}/stop`, { method: 'POST' })
const audited = async (action: string) => (await relay.relay.storage.query<{ detail: string; session_id: string | null }>('SELECT detail, session_id FROM audit WHERE action = ? ORDER BY at', [action])).at(-1)

const ended = (execution: string) => (frame: { type: string; data: Record<string, any> }) => frame.type === 'task' && frame.data['execution_id'] === execution && !['pending', 'running'].includes(frame.data['status'])
async function session(title: string): Promise<string> {
  const { session_id } = await ann.ask('create_session', { title })
  await ann.subscribe(`session:${session_id}`)
  return session_id as string
}
async function turn(session_id: string, content: string) {
  const { execution_id } = await ann.ask('claude_message', { session_id, content })
  return ann.until(ended(execution_id), `the end of ${content}`)
}

test('O2 the metrics of a relay at work parse as a whole, and their histograms add up', async () => {
  await turn(await session('Metrics'), 'say something')
  await ask(tokens.ann, '/api/v1/nothing')
  await ask(tokens.ann, '/api/v1/me', { method: 'DELETE' })
  await ann.request('claude_message', { session_id: 'none', content: 'x' })
  const families = parsePrometheus(await (await ask(tokens.root, '/metrics')).text())
  const value = (name: string, labels: Record<string, string> = {}) => families.get(name)!.samples.find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))?.value
  for (const family of families.values()) {
    expect([family.name, family.help.length > 10]).toEqual([family.name, true])
    if (family.type === 'counter') for (const sample of family.samples) expect([sample.name, sample.value >= 0]).toEqual([sample.name, true])
    if (family.type !== 'histogram') continue
    for (const { buckets, sum, count } of histogramsOf(family).values()) {
      expect(buckets.map(({ le }) => le)).toEqual([...buckets.map(({ le }) => le)].sort((a, b) => a - b))
      expect(buckets.map(({ value: below }) => below)).toEqual([...buckets.map(({ value: below }) => below)].sort((a, b) => a - b))
      expect([buckets.at(-1)!.le, buckets.at(-1)!.value]).toEqual([Infinity, count!])
      expect(sum).toBeGreaterThanOrEqual(0)
    }
  }
  expect(value('ensemble_connections')).toBe(1)
  expect(value('ensemble_turns_total', { outcome: 'completed' })).toBe(1)
  expect(value('ensemble_messages_total', { type: 'claude_message', outcome: 'ok' })).toBe(1)
  expect(value('ensemble_messages_total', { type: 'claude_message', outcome: 'NOT_FOUND' })).toBe(1)
  expect(value('ensemble_errors_total', { code: 'NOT_FOUND' })).toBe(2)
  expect(value('ensemble_http_requests_total', { method: 'any', route: 'none', status: '404' })).toBe(1)
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  expect(value('ensemble_claude_processes_limit')).toBe(relay.config.claudeMaxProcesses)
  const delivered = histogramsOf(families.get('ensemble_fanout_seconds')!).get('{}')!
  expect(delivered.count).toBeGreaterThan(5)
  expect(delivered.sum! / delivered.count!).toBeLessThan(1)
  expect(histogramsOf(families.get('ensemble_commit_seconds')!).get('{}')!.count).toBeGreaterThan(5)
  expect(families.get('ensemble_build_info')!.samples[0]!.labels['protocol']).toBe('1')
  // A gauge that nobody has wired tells nothing.
  const gauges = Object.entries(FAMILIES).flatMap(([name, { type }]) => (type === 'gauge' ? [name] : []))
  expect(gauges.filter((name) => !families.has(name))).toEqual([])
}, 60_000)

test('what today cost, which webhooks wait, how full the database is and who follows: in the metrics and in the figures', async () => {
  const id = await session('Kept figures')
  const gate = createGate()
  api.when('be followed').say('first').hold(gate).say('last')
  const { execution_id } = await ann.ask('claude_message', { session_id: id, content: 'be followed' })
  const before = (await stats()).followers
  const leaving = new AbortController()
  const events = await ask(tokens.ann, `/api/v1/claude/executions/${execution_id}/events`, { signal: leaving.signal })
  const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws/executions/${execution_id}?token=${tokens.ann}`)
  await eventually('both follow', async () => JSON.stringify((await stats()).followers) === JSON.stringify({ sse: before.sse + 1, socket: before.socket + 1 }))
  const read = async () => parsePrometheus(await (await ask(tokens.root, '/metrics')).text())
  const by = (families: Awaited<ReturnType<typeof read>>, name: string, label: string) => Object.fromEntries(families.get(name)!.samples.map(({ labels, value }) => [labels[label], value]))
  expect(by(await read(), 'ensemble_execution_followers', 'over')).toEqual({ sse: before.sse + 1, socket: before.socket + 1 })
  gate.open()
  await ann.until(ended(execution_id), 'the end of what was followed')
  await eventually('nobody follows what has ended', async () => JSON.stringify((await stats()).followers) === JSON.stringify(before))
  socket.close()
  leaving.abort()
  await events.body?.cancel().catch(() => undefined)

  const { storage } = relay.relay
  const waiting = "INSERT INTO webhook_deliveries (id, execution_id, user_id, url, receiver, secret, events, state, next_at, created_at) SELECT ?, id, user_id, 'https://example.com/', 'example.com', '', '[]', 'pending', 9e15, 0 FROM executions WHERE id = ?"
  // As an earlier run has left it, in a session that nobody has used since.
  const question = "INSERT INTO permissions (request_id, session_id, execution_id, tool_use_id, tool, input_hash, request, kind, status, opened_at) VALUES (?, ?, ?, 't', 'Bash', '', '{}', 'tool', 'open', 0)"
  await storage.commit({ statements: [{ sql: waiting, params: [randomUUID(), execution_id], changes: 1 }, { sql: question, params: [randomUUID(), id, execution_id], changes: 1 }] })
  const sums = async () => (await storage.query<{ micros: number }>("SELECT sum(cost_micros) AS micros FROM usage WHERE source = 'relay'"))[0]!.micros
  const micros = await sums()
  expect(micros).toBeGreaterThan(0)
  await eventually('the figures are asked for anew', async () => ((figures) => figures.webhooks.waiting === 1 && figures.turns.asked === 1 && figures.cost_today.micros === micros)(await stats()))
  const [families, { database, cost_today }] = [await read(), await stats()]
  expect(families.get('ensemble_permissions_open')!.samples[0]!.value).toBe(1)
  expect(cost_today.day).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect([families.get('ensemble_webhooks_waiting')!.samples[0]!.value, families.get('ensemble_cost_today_usd')!.samples[0]!.value]).toEqual([1, micros / 1_000_000])
  expect(by(families, 'ensemble_database_bytes', 'part')).toEqual({ main: database.bytes, wal: database.wal_bytes })
  expect(database.bytes + database.wal_bytes).toBeGreaterThan(100_000)
}, 60_000)

test('the figures of the page: processes with their session, and what they cost the machine', async () => {
  const id = await session('Figures')
  await turn(id, 'for the figures')
  await eventually('a spare one stands ready', async () => (await stats()).claude.spares === 1)
  await eventually('there is a second look at the processor', async () => (await stats()).claude.processes.every((each) => each.cpu_percent != null))
  const { claude, connections, readiness, delivery, history, turns } = await stats()
  const ours = claude.processes.find((each) => each.session?.id === id)!
  expect(ours).toMatchObject({ state: 'ready', session: { title: 'Figures', owner: { name: 'ann' } } })
  expect(ours.memory_bytes).toBeGreaterThan(20_000_000)
  expect(claude.processes.at(-1)).toMatchObject({ state: 'spare' })
  expect(claude.memory_bytes).toBeGreaterThanOrEqual(ours.memory_bytes!)
  expect([connections, readiness.status, turns.running]).toEqual([{ open: 1, limit: 1_000, people: [{ id: expect.any(String), name: 'ann', sockets: 1 }], others: 0, by_link: 0 }, 'ready', 0])
  expect(delivery.count).toBeGreaterThan(0)
  expect(delivery.p99_ms!).toBeGreaterThanOrEqual(delivery.p50_ms!)
  expect(new Set([history.connections, history.messages_per_second, history.delivery_p99_ms, history.claude_memory_bytes, history.errors, history.commit_p99_ms, history.event_loop_lag_ms, history.relay_memory_bytes].map(({ length }) => length)).size).toBe(1)
}, 60_000)

test('who is connected: two people with three sockets, the one with more of them first; for admins only', async () => {
  const second = await connectProtocol({ url: relay.url, token: tokens.ann, name: 'ann again' })
  const zoe = await connectProtocol({ url: relay.url, token: await relay.token('zoe', 'viewer'), name: 'zoe' })
  const idOf = async (name: string) => (await relay.relay.storage.query<{ id: string }>('SELECT id FROM users WHERE name = ?', [name]))[0]!.id
  const named = [{ id: await idOf('ann'), name: 'ann', sockets: 2 }, { id: await idOf('zoe'), name: 'zoe', sockets: 1 }]
  expect((await stats()).connections).toEqual({ open: 3, limit: 1_000, people: named, others: 0, by_link: 0 })
  second.close()
  zoe.close()
  await eventually('they are gone from the list', async () => (({ open, people }) => open === 1 && people.length === 1 && people[0]!.sockets === 1)((await stats()).connections))
  expect((await ask(tokens.ann, '/api/v1/stats')).status).toBe(403)
}, 60_000)

test('the figures of the page: what was refused by code, sent by type, kept and taken, and what the relay itself needs', async () => {
  const countOf = async (code: string) => (await stats()).errors.find((each) => each.code === code)?.count ?? 0
  const [refused, before] = [await countOf('NOT_FOUND'), await stats()]
  for (let times = 0; times < 3; times++) await ask(tokens.ann, '/api/v1/nothing')
  const id = await session('Counted')
  await turn(id, 'counted')
  const form = new FormData()
  form.set('session_id', id)
  form.set('file', new File(['a tide table'], 'tides.txt'))
  expect((await ask(tokens.ann, '/api/v1/files/upload', { method: 'POST', body: form })).status).toBeLessThan(300)
  const { errors, messages_by_type, uploads, commits, relay: itself, event_loop_lag_ms } = await stats()
  expect(await countOf('NOT_FOUND')).toBe(refused + 3)
  expect(errors.map(({ count }) => count)).toEqual(errors.map(({ count }) => count).sort((a, b) => b - a))
  const sent = (of: RelayStats['messages_by_type']) => of.find(({ type }) => type === 'claude_message')?.count ?? 0
  expect(sent(messages_by_type)).toBe(sent(before.messages_by_type) + 1)
  expect([uploads.count - before.uploads.count, uploads.bytes - before.uploads.bytes]).toEqual([1, 12])
  expect(commits.p99_ms!).toBeGreaterThan(0)
  expect(itself.memory_bytes).toBeGreaterThan(10_000_000)
  expect(event_loop_lag_ms).toBeGreaterThanOrEqual(0)
}, 60_000)

describe('O4 a process is stopped by its id', () => {
  test('that of a session as by its owner: the running turn is interrupted, and the next prompt goes on', async () => {
    const id = await session('Stopped')
    const gate = createGate()
    api.when('hold this').say('so far').hold(gate).say('never')
    const { execution_id } = await ann.ask('claude_message', { session_id: id, content: 'hold this' })
    await gate.reached
    const { id: process } = (await stats()).claude.processes.find((each) => each.session?.id === id)!
    expect((await stop(process)).status).toBe(200)
    expect((await ann.until(ended(execution_id))).data).toMatchObject({ status: 'interrupted', reason: 'person' })
    gate.open()
    expect((await audited('session.stop_process'))!.session_id).toBe(id)
    await eventually('it is gone', async () => !(await stats()).claude.processes.some((each) => each.id === process))
    expect((await stop(process)).status).toBe(404)
    await ann.ask('command', { session_id: id, command: 'continue', args: {} })
    expect((await turn(id, 'go on')).data['status']).toBe('completed')
  }, 60_000)

  test('a spare one at once, and audited', async () => {
    await eventually('a spare one stands ready', async () => (await stats()).claude.spares === 1)
    const spare = (await stats()).claude.processes.find(({ state }) => state === 'spare')!
    expect((await stop(spare.id)).status).toBe(200)
    expect(JSON.parse((await audited('process.stop'))!.detail)).toEqual({ process_id: spare.id })
    await eventually('it is gone', async () => !(await stats()).claude.processes.some(({ id }) => id === spare.id))
  }, 60_000)
})

test('all sessions, found by title and owner, by state and place, page by page', async () => {
  await session('Überfahrt 50%')
  const all = await overview()
  expect(all.total).toBe(all.sessions.length)
  expect(all.sessions[0]).toMatchObject({ title: 'Überfahrt 50%', owner: { name: 'ann' }, state: 'idle', archived: false })
  expect((await overview('?q=über')).sessions.map(({ title }) => title)).toEqual(['Überfahrt 50%'])
  expect((await overview(`?q=${encodeURIComponent('%')}`)).total).toBe(1)
  expect((await overview('?q=ANN')).total).toBe(all.total)
  const [owner] = await relay.relay.storage.query<{ id: string; name: string; name_key: string }>('SELECT u.id, u.name, u.name_key FROM users u JOIN sessions s ON s.owner_id = u.id WHERE s.deleted_at IS NULL LIMIT 1')
  const rename = (name: string, key: string) => relay.relay.storage.commit({ statements: [{ sql: 'UPDATE users SET name = ?, name_key = ? WHERE id = ?', params: [name, key, owner!.id], changes: 1 }] })
  await rename('Ägir', 'ägir')
  for (const q of ['Ägir', 'ÄGIR', 'ägi']) expect([q, (await overview(`?q=${encodeURIComponent(q)}`)).total]).toEqual([q, all.total])
  await rename(owner!.name, owner!.name_key)
  expect((await overview('?state=failed')).total).toBe(0)
  expect((await overview('?archived=true')).total).toBe(0)
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: SessionsOverview = await overview(`?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.sessions.map(({ id }) => id))
    cursor = page.next
  }
  expect(seen).toEqual(all.sessions.map(({ id }) => id))
  const figures = all.sessions.find(({ title }) => title === 'Figures')!
  expect(figures.events).toBeGreaterThan(3)
  expect((await ask(tokens.root, '/api/v1/stats/sessions?cursor=garbage')).status).toBe(400)
  expect((await ask(tokens.root, '/api/v1/stats/sessions?limit=1e9')).status).toBe(400)
})

describe('O3 a trace leads through the log', () => {
  const linesOf = (trace: string) => relay.logged.filter((line) => line['trace_id'] === trace)
  const eventsOf = (trace: string) => linesOf(trace).map((line) => line['event'])

  test('from a message, over the turn and the process that took it, to its end; no line holds a word of the prompt', async () => {
    const id = await session('Traced')
    api.when('the secret of the lighthouse').use('Bash', { command: 'mkdir secret-of-the-lighthouse', description: 'the lighthouse' }).say('lighthouse')
    const { execution_id } = await ann.ask('claude_message', { session_id: id, content: 'the secret of the lighthouse' })
    const { data } = await ann.until((frame) => frame.type === 'permission_request' && frame.data['execution_id'] === execution_id)
    await ann.ask('permission_response', { request_id: data['request_id'], behavior: 'allow', scope: 'once' })
    const trace = (await ann.until(ended(execution_id))).data['trace_id'] as string
    await eventually('its end is in the log', () => eventsOf(trace).includes('executions.turn_ended'))
    expect(eventsOf(trace)).toEqual([
      'executions.turn_began', 'message', 'claude.prompt_handed', 'executions.permission_asked', 'executions.permission_answered', 'executions.turn_ended',
    ])
    expect(linesOf(trace).find(({ event }) => event === 'claude.prompt_handed')).toMatchObject({ sessionId: id, pid: expect.any(Number), process_id: expect.any(String) })
    expect(linesOf(trace).at(-1)).toMatchObject({ sessionId: id, executionId: execution_id, outcome: 'completed', reason: null })
    const answer = linesOf(trace).find(({ event }) => event === 'executions.permission_answered')!['answer_trace_id'] as string
    expect(eventsOf(answer)).toEqual(['message'])
    expect(JSON.stringify(relay.logged)).not.toContain('lighthouse')
  }, 60_000)

  test('from a request, under the id that its caller gave', async () => {
    const { default_workspace_id: workspace_id } = ((await (await ask(tokens.ann, '/api/v1/me')).json()) as { relay: { default_workspace_id: string } }).relay
    const own = randomUUID()
    const begun = await ask(tokens.ann, '/api/v1/claude/execute', { method: 'POST', headers: { 'content-type': 'application/json', 'x-trace-id': own }, body: JSON.stringify({ workspace_id, prompt: 'by the harbour' }) })
    expect([begun.status, begun.headers.get('x-trace-id')]).toEqual([202, own])
    await eventually('its end is in the log', () => eventsOf(own).includes('executions.turn_ended'))
    expect(eventsOf(own)).toEqual(['executions.turn_began', 'request', 'claude.prompt_handed', 'executions.turn_ended'])
    expect(linesOf(own).at(-1)).toMatchObject({ executionId: ((await begun.json()) as { execution_id: string }).execution_id, outcome: 'completed' })
    expect(JSON.stringify(relay.logged)).not.toContain('harbour')
  }, 60_000)

  test('that a failed turn shows is the one of the log', async () => {
    const id = await session('Failing')
    api.when('this will fail').fail(400, { times: 9, message: 'no' })
    const { data } = await turn(id, 'this will fail')
    expect(data['status']).toBe('failed')
    const trace = data['trace_id'] as string
    await eventually('its end is in the log', () => eventsOf(trace).includes('executions.turn_ended'))
    expect(eventsOf(trace)).toContain('executions.turn_failed')
    expect(linesOf(trace).at(-1)).toMatchObject({ event: 'executions.turn_ended', outcome: 'failed' })
  }, 60_000)

  test('of a prompt that waited is its own, not that of the turn before it', async () => {
    const id = await session('Waiting')
    const gate = createGate()
    api.when('first of two').hold(gate).say('one')
    const first = await ann.ask('claude_message', { session_id: id, content: 'first of two' })
    await gate.reached
    const second = await ann.ask('claude_message', { session_id: id, content: 'second of two' })
    gate.open()
    const traces = [(await ann.until(ended(first['execution_id']))).data['trace_id'], (await ann.until(ended(second['execution_id']))).data['trace_id']] as [string, string]
    expect(traces[0]).not.toBe(traces[1])
    await eventually('its end is in the log', () => eventsOf(traces[1]).includes('executions.turn_ended'))
    expect(eventsOf(traces[1])).toEqual(['message', 'executions.turn_began', 'claude.prompt_handed', 'executions.turn_ended'])
  }, 60_000)

  test('of a request is the caller’s own where it is one', async () => {
    const own = randomUUID()
    const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'
    const traceOf = async (headers: Record<string, string>) => (await ask(tokens.ann, '/api/v1/me', { headers })).headers.get('x-trace-id')
    expect(await traceOf({ 'x-trace-id': own })).toBe(own)
    expect(await traceOf({ traceparent: `00-${w3c}-00f067aa0ba902b7-01` })).toBe(w3c)
    expect(eventsOf(own)).toEqual(['request'])
    expect(eventsOf(w3c)).toEqual(['request'])
    const unfit: Record<string, string>[] = [{ 'x-trace-id': 'x' }, { 'x-trace-id': `${own}\u00e9` }, { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, { traceparent: `ff-${w3c}-00f067aa0ba902b7-01` }, { traceparent: w3c }]
    for (const headers of unfit) {
      expect([headers, await traceOf(headers)]).toEqual([headers, expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)])
      expect(await traceOf(headers)).not.toBe(own)
    }
    const refused = await ask('nobody', '/api/v1/me', { headers: { 'x-trace-id': own } })
    expect(((await refused.json()) as { trace_id: string }).trace_id).toBe(own)
  })
})
