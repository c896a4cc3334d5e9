// Every route of the table × everybody who must not: a route without a rule, or with a weaker one than it says, fails here.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { allows, RELAY_ACTIONS, SESSION_ACTIONS, type SessionRole } from '#protocol'
import { SignJWT } from 'jose'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import type { Route } from '../../../relay/http/http.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

/** Whoever adds a row here has thought about what it tells to strangers. */
const OPEN = ['POST /api/v1/auth/login', 'POST /api/v1/auth/refresh', 'GET /healthz', 'GET /readyz', 'GET /api/v1/openapi.json']
/** Open to every user by their nature, or decided by the service itself on what the request names. */
const ANY_USER = [
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/devices',
  'GET /api/v1/me',
  'GET /api/v1/people',
  'GET /api/v1/claude/sessions',
  'POST /api/v1/claude/sessions',
  'GET /api/v1/workspaces',
  'POST /api/v1/files/upload',
  'GET /api/v1/files',
  'GET /api/v1/files/:id',
  'DELETE /api/v1/files/:id',
]

let started: StartedRelay
let storage: Storage
let routes: readonly Route[]
const tokens: Record<string, string> = {}
const ids = { session: 's-matrix', workspace: 'w-matrix', file: 'f-matrix' }

const nameOf = (route: Route) => `${route.method} ${route.path}`
const pathOf = (route: Route, id: string) => route.path.replace(':id', id).replace(':part', 'output').replace(/:\w+/g, 'u-nobody')
const idOf = (route: Route) => (route.path.includes('/workspaces/') ? ids.workspace : route.path.includes('/files/') ? ids.file : ids.session)

async function call(route: Route, token: string | null, id = idOf(route)) {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  if (route.method !== 'GET') headers['content-type'] = route.rawBody?.contentTypes[0] ?? 'application/json'
  // A body that never fits: whoever is let in changes nothing.
  const response = await fetch(started.url + pathOf(route, id), { method: route.method, headers, body: route.method === 'GET' ? undefined : '[]' })
  const body = (await response.json().catch(() => null)) as { code?: string; message?: string } | null
  return { status: response.status, code: body?.code ?? null, message: body?.message ?? null }
}

beforeAll(async () => {
  started = await startRelay()
  routes = started.relay.routes
  storage = await openStorage({ url: started.config.databaseUrl, clock: systemClock, log: createLog(() => undefined, systemClock) })
  for (const name of ['owner', 'collaborator', 'viewer', 'stranger', 'kicked', 'removed', 'revoked']) tokens[name] = await started.token(name)
  tokens['admin'] = await started.token('admin', 'admin')
  const users = new Map((await started.relay.auth.accounts.list()).map((account) => [account.name, account.id]))
  const id = (name: string) => users.get(name)!
  const participant = (name: string, role: SessionRole, removedAt: number | null) => ({
    sql: 'INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at) VALUES (?, ?, ?, 0, 0, ?)',
    params: [ids.session, id(name), role, removedAt],
  })
  const commit = await storage.commit({
    statements: [
      { sql: 'INSERT INTO workspaces (id, path, name, owner_id, created_at) VALUES (?, ?, ?, ?, 0)', params: [ids.workspace, started.home.workspace + '/x', 'x', id('owner')] },
      {
        sql: `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at)
          VALUES (?, ?, 'private', 'person', ?, 'private', 'idle', 'default', 0, 0)`,
        params: [ids.session, ids.workspace, id('owner')],
      },
      participant('owner', 'owner', null),
      participant('collaborator', 'collaborator', null),
      participant('viewer', 'viewer', null),
      participant('kicked', 'collaborator', 1),
      participant('removed', 'owner', null),
      {
        sql: "INSERT INTO files (id, session_id, user_id, filename, content_type, size, sha256, blob, created_at) VALUES (?, ?, ?, 'a.txt', 'text/plain', 0, '', 'none', 0)",
        params: [ids.file, ids.session, id('owner')],
      },
      { sql: "INSERT INTO tool_texts (session_id, tool_use_id, part, content) VALUES (?, 'u-nobody', 'output', 'all of it')", params: [ids.session] },
    ],
  })
  expect(commit.outcome).toBe('committed')
  await started.relay.auth.accounts.remove('removed')
  await started.relay.auth.signIn.logout(await started.relay.auth.identify(tokens['revoked']!, { address: null, agent: null }))

  const secret = Buffer.from(readFileSync(join(started.config.ensembleData, 'jwt-secret'), 'utf8').trim())
  const claims = JSON.parse(Buffer.from(tokens['owner']!.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
  const signed = (changes: object) => new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret)
  const seconds = Math.floor(Date.now() / 1000)
  tokens['garbage'] = 'garbage'
  tokens['expired'] = await signed({ iat: seconds - 7200, exp: seconds - 3600 })
  tokens['of another audience'] = await signed({ aud: 'somebody' })
})
afterAll(async () => {
  await storage.close()
  await started.stop()
})

test('every route has a rule that is known', () => {
  expect(routes.length).toBeGreaterThan(20)
  for (const route of routes) {
    if (route.access === 'open') expect(OPEN).toContain(nameOf(route))
    else if (route.access === 'user') expect(ANY_USER).toContain(nameOf(route))
    else if ('session' in route.access) expect([Object.hasOwn(SESSION_ACTIONS, route.access.session), route.path.includes('/sessions/:id')]).toEqual([true, true])
    else expect(Object.hasOwn(RELAY_ACTIONS, route.access.relay)).toBeTrue()
  }
})

test('what changes something is never open to a GET', () => {
  for (const route of routes) expect(route.method === 'GET' && (route.body !== undefined || route.rawBody !== undefined)).toBeFalse()
})

test('the whole of a tool call is plain text that no browser runs, for those who may read the session', async () => {
  const whole = (name: string, path: string) => fetch(`${started.url}/api/v1/claude/sessions/${path}`, { headers: { authorization: `Bearer ${tokens[name]}` } })
  const response = await whole('viewer', `${ids.session}/tools/u-nobody/output`)
  expect([response.status, response.headers.get('content-type'), response.headers.get('x-content-type-options')]).toEqual([200, 'text/plain; charset=utf-8', 'nosniff'])
  expect(response.headers.get('content-security-policy')).toContain('sandbox')
  expect(await response.text()).toBe('all of it')
  for (const [name, path] of [['stranger', 'u-nobody/output'], ['kicked', 'u-nobody/output'], ['owner', 'u-nobody/input'], ['owner', 'u-nobody/other'], ['owner', 'another/output']] as const) {
    expect([name, path, (await whole(name, `${ids.session}/tools/${path}`)).status]).toEqual([name, path, 404])
  }
})

describe.each(['none', 'garbage', 'expired', 'of another audience', 'revoked', 'removed'])('a token that is %s', (kind) => {
  test('is UNAUTHORIZED on every route that is not open', async () => {
    const closed = routes.filter((route) => route.access !== 'open')
    const outcomes = await Promise.all(closed.map(async (route) => ({ route: nameOf(route), ...(await call(route, tokens[kind] ?? null)) })))
    expect(outcomes.filter(({ status, code }) => status !== 401 || code !== 'UNAUTHORIZED')).toEqual([])
  })
})

describe.each(['stranger', 'kicked'])('a user who is %s', (name) => {
  test('is told of a session nothing but what is told of one that does not exist', async () => {
    for (const route of routes.filter((each) => typeof each.access === 'object' && 'session' in each.access)) {
      const real = await call(route, tokens[name]!)
      expect({ route: nameOf(route), ...real }).toEqual({ route: nameOf(route), status: 404, code: 'NOT_FOUND', message: 'not found' })
      expect(await call(route, tokens[name]!, 's-none')).toEqual(real)
    }
  })
  test('sees neither a workspace of others nor its files', async () => {
    for (const route of routes.filter((each) => /\/(workspaces|files)\/:id/.test(each.path))) expect({ route: nameOf(route), status: (await call(route, tokens[name]!)).status }).toEqual({ route: nameOf(route), status: 404 })
  })
  test('gets nothing that is for admins', async () => {
    for (const route of routes) {
      if (typeof route.access !== 'object' || !('relay' in route.access) || RELAY_ACTIONS[route.access.relay] !== 'admin') continue
      expect((await call(route, tokens[name]!)).status).toBe(403)
    }
  })
})

describe.each(['viewer', 'collaborator', 'owner'] as const)('a %s of a session', (role) => {
  test('gets FORBIDDEN exactly where the table of roles says so', async () => {
    for (const route of routes) {
      if (typeof route.access !== 'object' || !('session' in route.access)) continue
      const allowed = allows(route.access.session, role)
      // Whoever may and sends no body would really do it: those are tested with what they do.
      if (allowed && route.method !== 'GET' && !route.body) continue
      const { status } = await call(route, tokens[role]!)
      expect({ route: nameOf(route), status }).toEqual({ route: nameOf(route), status: allowed ? (route.method === 'GET' ? 200 : 400) : 403 })
    }
  })
})

describe('the WebSocket', () => {
  const shake = (headers: Record<string, string> = {}, query = '') =>
    fetch(`${started.url}/ws${query}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers } }).then((response) => response.status)

  test('a wrong token is 401 in every place where one can be', async () => {
    for (const kind of ['garbage', 'expired', 'of another audience', 'revoked', 'removed']) {
      expect(await shake({ 'sec-websocket-protocol': `ensemble.v1, bearer.${tokens[kind]}` })).toBe(401)
      expect(await shake({}, `?token=${encodeURIComponent(tokens[kind]!)}`)).toBe(401)
    }
  })
  test('a foreign Host or Origin is refused with a good token as well', async () => {
    const good = { 'sec-websocket-protocol': `ensemble.v1, bearer.${tokens['owner']}` }
    expect(await shake({ ...good, host: 'evil.example' })).toBe(421)
    expect(await shake({ ...good, origin: 'https://evil.example' })).toBe(403)
    expect(await shake({ ...good, origin: 'null' })).toBe(403)
  })
})
