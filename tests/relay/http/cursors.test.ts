// Every list that comes in pages, over HTTP: its own cursors lead on to the end, and any other text is VALIDATION, never a bug and never the first page.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let token: string
let workspace: string
beforeAll(async () => {
  relay = await startRelay({ settings: { CLAUDE_BIN: '/nowhere/claude', MESSAGES_PER_SECOND: '100000' } })
  token = await relay.token('minji', 'admin')
  const { storage } = relay.relay
  const rows = (sql: string) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4) ${sql}`
  workspace = (await storage.query<{ id: string }>('SELECT id FROM workspaces'))[0]!.id
  const filled = await storage.commit({
    statements: [
      // A name of the longest, in letters that grow when they are compared.
      ...[0, 1, 2].map((n) => ({ sql: "INSERT INTO users (id, name, name_key, role, created_at) VALUES (?, ?, ?, 'user', 0)", params: [`u${n}`, '가'.repeat(63) + n, `${'ﷺ'.repeat(63)}${n}`.normalize('NFKC')] })),
      { sql: rows("INSERT INTO sessions (id, workspace_id, title, title_key, title_source, owner_id, visibility, state, permission_mode, next_hue, created_at, updated_at) SELECT 's' || i, (SELECT id FROM workspaces LIMIT 1), 'tides ' || i, 'tides ' || i, 'person', 'u0', 'workspace', 'idle', 'default', 1, i, i FROM n") },
      { sql: rows("INSERT INTO executions (id, session_id, user_id, username, origin, status, progress, prompt, created_at, without_deltas) SELECT 'e' || i, 's0', 'u0', 'x', 'prompt', 'completed', 1, 'hello', i, 0 FROM n") },
      { sql: rows("INSERT INTO files (id, session_id, user_id, filename, content_type, size, sha256, blob, created_at) SELECT 'f' || i, 's0', 'u0', 'a.txt', 'text/plain', 1, '', 'b' || i, i FROM n") },
      { sql: rows("INSERT INTO webhook_deliveries (id, execution_id, user_id, url, receiver, secret, events, state, created_at, settled_at) SELECT 'd' || i, 'e' || i, 'u0', 'https://example.com/', 'example.com', '', '[]', 'delivered', i, 9e15 FROM n") },
      { sql: rows("INSERT INTO sign_ins (sid, user_id, kind, created_at, expires_at) SELECT 't' || i, 'u0', 'api', i, 9e15 FROM n") },
      { sql: rows("INSERT INTO api_tokens (sid, hash, name, scopes, ending) SELECT 't' || i, 'h' || i, 'token', 'read', 'abcd' FROM n") },
      { sql: rows("INSERT INTO audit (at, user_id, username, action, session_id, detail) SELECT i, 'u0', 'x', 'session.read', 's0', '{}' FROM n") },
    ],
    events: ['s0', 's1', 's2', 's3', 's4'].map((id) => ({ channel: `session:${id}`, type: 'message', data: JSON.stringify({ session_id: id, message_id: 'm', role: 'user', content: 'tides', user_id: 'u0', username: 'x' }), timestamp: 1 })),
  })
  expect(filled.outcome).toBe('committed')
})
afterAll(() => relay.stop())

/** Each route that takes a cursor, with what it needs besides; and what `limit` leaves for later pages. */
function lists(): { path: string; pages: boolean }[] {
  const more: Record<string, string> = { '/api/v1/claude/search': 'q=tides', '/api/v1/files': 'session_id=s0', '/api/v1/tokens': 'all=true' }
  return relay.relay.routes
    .filter(({ method, query }) => method === 'GET' && query !== undefined && 'shape' in query && Object.hasOwn(query.shape as object, 'cursor'))
    .map(({ path }) => {
      const isOfFolder = path.includes('terminal-sessions')
      return { path: `${path.replace(':id', isOfFolder ? workspace : 's0')}?limit=2${more[path] ? `&${more[path]}` : ''}`, pages: !isOfFolder }
    })
}
const get = (path: string) => fetch(`${relay.url}${path}`, { headers: { authorization: `Bearer ${token}` } })

test('its own cursors lead to the end; those of another list do not', async () => {
  const nexts = new Map<string, string>()
  for (const { path, pages } of lists()) {
    let count = 0
    for (let cursor: string | null = ''; cursor !== null; count++) {
      const answer = await get(`${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      expect([path, answer.status]).toEqual([path, 200])
      cursor = ((await answer.json()) as { next: string | null }).next
      if (cursor !== null) nexts.set(path, cursor)
      if (count > 50) throw new Error(`no end: ${path}`)
    }
    expect([path, count > 1]).toEqual([path, pages])
  }
  expect(nexts.size).toBeGreaterThanOrEqual(8)
  for (const { path } of lists()) {
    for (const [of, cursor] of nexts) if (of.split('?')[0]!.split('/').at(-1) !== path.split('?')[0]!.split('/').at(-1)) expect([path, of, (await get(`${path}&cursor=${encodeURIComponent(cursor)}`)).status]).toEqual([path, of, 400])
  }
}, 60_000)

test('any text as a cursor is VALIDATION', async () => {
  const text = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.base64String({ minLength: 4 }), fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lists()), text, async ({ path }, cursor) => {
      const answer = await get(`${path}&cursor=${encodeURIComponent(cursor.toWellFormed())}`)
      expect([path, cursor, answer.status, ((await answer.json()) as { code?: string }).code]).toEqual([path, cursor, 400, 'VALIDATION'])
    }),
    { numRuns: 150 },
  )
}, 60_000)
