// A relay that has been at work for a year, with a CLI that hangs: whatever is read of it, nobody waits for over two seconds.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../relay/clock.ts'
import { createLog } from '../../relay/observability/log.ts'
import { openStorage } from '../../relay/storage/storage.ts'
import { relayHome, startRelay, type StartedRelay } from '../support/start-relay.ts'

const patienceMs = 2_000
const dayMs = 86_400_000
const longEvents = 5_000
const home = relayHome()
let relay: StartedRelay
let token: string

beforeAll(async () => {
  const bin = join(home.folder, 'hanging-claude')
  writeFileSync(bin, '#!/bin/sh\nsleep 600 &\nwait\n', { mode: 0o755 })
  relay = await startRelay({ home, settings: { CLAUDE_BIN: bin, MESSAGES_PER_SECOND: '1000000' } })
  token = await relay.token('minji', 'admin')
  const storage = await openStorage({ url: relay.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  const rows = (count: number) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`
  const since = Date.now() - 398 * dayMs
  // One long session: what people say, what Claude answers and what the relay logs by turns, all of one execution, to its end.
  const kinds = {
    message: { role: 'note', username: 'x', content: 'tides and ships', attachments: [] },
    claude_response: { execution_id: 'e0', content: 'tides '.repeat(60), stream: false, completed: true },
    log: { level: 'info', source: 'relay', text: 'the tide is high' },
  }
  const said = Object.entries(kinds).map(([type, data], index) => ({
    sql: `${rows(longEvents)} INSERT INTO events (channel, seq, task, task_seq, bytes, timestamp, type, data) SELECT 'session:s0', i + 1, 'e0', i + 1, ?, i, ?, replace(?, '#', i) FROM n WHERE i % 3 = ${index}`,
    params: [JSON.stringify(data).length + 40, type, JSON.stringify({ session_id: 's0', ...(type !== 'log' && { message_id: 'm#' }), ...data })],
  }))
  const end = { session_id: 's0', execution_id: 'e0', status: 'completed', origin: 'prompt', progress: 1 }
  const filled = await storage.commit({
    statements: [
      { sql: `${rows(200)} INSERT INTO users (id, name, name_key, role, created_at) SELECT 'u' || i, 'user ' || i, 'user ' || i, 'user', 0 FROM n` },
      { sql: `${rows(5_000)} INSERT INTO sessions (id, workspace_id, title, title_key, title_source, owner_id, visibility, state, permission_mode, next_hue, created_at, updated_at) SELECT 's' || i, (SELECT id FROM workspaces LIMIT 1), 'title ' || i, 'title ' || i, 'person', 'u' || (i % 200), 'private', 'idle', 'default', 1, i, i FROM n` },
      { sql: `${rows(5_000)} INSERT INTO participants (session_id, user_id, role, hue, joined_at) SELECT 's' || i, 'u' || (i % 200), 'owner', 0, 0 FROM n` },
      { sql: `${rows(5_000)} INSERT INTO executions (id, session_id, user_id, username, origin, status, progress, prompt, created_at, without_deltas) SELECT 'e' || i, 's' || i, 'u' || (i % 200), 'x', 'prompt', 'completed', 1, 'hello ' || i, i, 0 FROM n` },
      { sql: `${rows(3_000)} INSERT INTO audit (at, user_id, username, action, detail) SELECT ? + i, 'u' || (i % 200), 'user', 'role_set', '{}' FROM n`, params: [since] },
      { sql: `${rows(50_000)} INSERT INTO usage (entry, source, session_id, user_id, username, model, at, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros) SELECT 'e' || i, 'relay', 's' || (i % 5000), 'u' || (i % 200), 'user', 'm' || (i % 3), ? + i * 687744, 1, 1, 1, 1, 1, 1 FROM n`, params: [since] },
      ...said,
      { sql: "INSERT INTO events (channel, seq, task, task_seq, bytes, timestamp, type, data) VALUES ('session:s0', ?, 'e0', ?, 120, 0, 'task', ?)", params: [longEvents + 1, longEvents + 1, JSON.stringify(end)] },
      { sql: "INSERT INTO tops (channel, seq) VALUES ('session:s0', ?)", params: [longEvents + 1] },
    ],
  })
  await storage.close()
  expect(filled.outcome).toBe('committed')
})
afterAll(async () => {
  await relay.stop()
  home.remove()
})

const day = (at: number) => new Date(at).toISOString().slice(0, 10)

test('every list, report and export of it', async () => {
  const year = `from=${day(Date.now() - 398 * dayMs)}&to=${day(Date.now())}&tz=Asia/Seoul`
  const [workspace] = ((await (await fetch(`${relay.url}/api/v1/workspaces`, { headers: { authorization: `Bearer ${token}` } })).json()) as { workspaces: { id: string }[] }).workspaces
  const ids: Record<string, string> = { 'sessions/:id': 's0', 'executions/:id': 'e0', 'workspaces/:id': workspace!.id, 'docs/:file': 'viewer.js' }
  const asked: Record<string, string> = { '/api/v1/claude/search': '?q=tide' }
  // Of files, tools and archives there are none.
  const reads = relay.relay.routes
    .filter(({ method, socket }) => method === 'GET' && !socket)
    .map(({ path }) => path.replace(/[\w-]+\/:\w+/g, (part) => (ids[part] === undefined ? part : part.replace(/:.*/, ids[part]))) + (asked[path] ?? ''))
    .filter((path) => !path.includes(':'))
  const long = ['events?after=0', `events?before=${longEvents / 2}`, 'logs?limit=1000', 'export?format=json'].map((rest) => `/api/v1/claude/sessions/s0/${rest}`)
  const paths = [...reads, ...long, '/api/v1/claude/search?q=tide&session_id=s0', ...['day', 'day,user', 'day,session', 'session', 'user,model'].map((by) => `/api/v1/usage?${year}&by=${by}`), `/api/v1/usage.csv?${year}&by=day,session`]
  expect(paths.length).toBeGreaterThan(20)
  const slow: [string, number][] = []
  const failed: [string, number][] = []
  const headers = { authorization: `Bearer ${token}` }
  const timed = async (path: string) => {
    const began = performance.now()
    const answer = await fetch(relay.url + path, { headers })
    const text = await answer.text()
    return { answer, text, ms: performance.now() - began }
  }
  /** How long it takes, or somebody else's small request that has its turn beside it, whichever is longer. */
  const longestMs = async (path: string): Promise<number> => {
    let worstMs = 0
    let isOver = false
    const beside = (async () => {
      while (!isOver) worstMs = Math.max(worstMs, (await timed('/api/v1/me')).ms)
    })()
    const { answer, text, ms } = await timed(path)
    isOver = true
    await beside
    if (answer.status !== 200) failed.push([path, answer.status])
    if (path.endsWith('/e0/events')) expect(text.match(/^id: /gm)).toHaveLength(longEvents + 1)
    return Math.max(worstMs, ms)
  }
  for (const path of paths) {
    // What is slow is slow each time; a machine that is busy with other things is so once.
    let ms = await longestMs(path)
    for (let again = 0; again < 2 && ms > patienceMs; again++) ms = Math.min(ms, await longestMs(path))
    if (ms > patienceMs) slow.push([path, Math.round(ms)])
  }
  expect(failed).toEqual([])
  expect(slow).toEqual([])
})
