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
const home = relayHome()
let relay: StartedRelay
let token: string

beforeAll(async () => {
  const bin = join(home.folder, 'hanging-claude')
  writeFileSync(bin, '#!/bin/sh\nsleep 600 &\nwait\n', { mode: 0o755 })
  relay = await startRelay({ home, settings: { CLAUDE_BIN: bin } })
  token = await relay.token('minji', 'admin')
  const storage = await openStorage({ url: relay.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  const rows = (count: number) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`
  const since = Date.now() - 398 * dayMs
  const filled = await storage.commit({
    statements: [
      { sql: `${rows(200)} INSERT INTO users (id, name, name_key, role, created_at) SELECT 'u' || i, 'user ' || i, 'user ' || i, 'user', 0 FROM n` },
      { sql: `${rows(5_000)} INSERT INTO sessions (id, workspace_id, title, title_key, title_source, owner_id, visibility, state, permission_mode, next_hue, created_at, updated_at) SELECT 's' || i, (SELECT id FROM workspaces LIMIT 1), 'title ' || i, 'title ' || i, 'person', 'u' || (i % 200), 'private', 'idle', 'default', 1, i, i FROM n` },
      { sql: `${rows(5_000)} INSERT INTO participants (session_id, user_id, role, hue, joined_at) SELECT 's' || i, 'u' || (i % 200), 'owner', 0, 0 FROM n` },
      { sql: `${rows(5_000)} INSERT INTO executions (id, session_id, user_id, username, origin, status, progress, prompt, created_at, without_deltas) SELECT 'e' || i, 's' || i, 'u' || (i % 200), 'x', 'prompt', 'completed', 1, 'hello ' || i, i, 0 FROM n` },
      { sql: `${rows(3_000)} INSERT INTO audit (at, user_id, username, action, detail) SELECT ? + i, 'u' || (i % 200), 'user', 'role_set', '{}' FROM n`, params: [since] },
      { sql: `${rows(50_000)} INSERT INTO usage (entry, source, session_id, user_id, username, model, at, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros) SELECT 'e' || i, 'relay', 's' || (i % 5000), 'u' || (i % 200), 'user', 'm' || (i % 3), ? + i * 687744, 1, 1, 1, 1, 1, 1 FROM n`, params: [since] },
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
  const reads = relay.relay.routes.filter(({ method, path }) => method === 'GET' && !path.includes(':') && !path.endsWith('/events')).map(({ path }) => path)
  const paths = [...reads, ...['day', 'day,user', 'day,session', 'session', 'user,model'].map((by) => `/api/v1/usage?${year}&by=${by}`), `/api/v1/usage.csv?${year}&by=day,session`]
  expect(paths.length).toBeGreaterThan(20)
  const slow: [string, number][] = []
  const failed: [string, number][] = []
  // Beside each of them somebody else's small request has its turn.
  let worstMs = 0
  let isOver = false
  const headers = { authorization: `Bearer ${token}` }
  const beside = (async () => {
    while (!isOver) {
      const began = performance.now()
      await (await fetch(`${relay.url}/api/v1/me`, { headers })).text()
      worstMs = Math.max(worstMs, performance.now() - began)
    }
  })()
  for (const path of paths) {
    const began = performance.now()
    const answer = await fetch(relay.url + path, { headers })
    await answer.text()
    if (answer.status >= 500) failed.push([path, answer.status])
    if (performance.now() - began > patienceMs) slow.push([path, Math.round(performance.now() - began)])
  }
  isOver = true
  await beside
  expect(failed).toEqual([])
  expect(slow).toEqual([])
  expect(worstMs).toBeLessThan(patienceMs)
})
