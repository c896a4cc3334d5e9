// Hostile requests to the whole relay: tokens that are none, bodies as wide as they come, forms that are none, things that are hardly HTTP; two others never notice, and no row changes.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { LIMITS } from '#protocol'
import type { Route } from '../../../relay/http/http.ts'
import { startBystanders, type Bystanders } from '../../support/bystander.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { eventually } from '../../support/eventually.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'
import { raw } from './http-rig.ts'

const patienceMs = 2_000
let relay: StartedRelay
let token: string
let sessionId: string
let others: Bystanders
let rows: string[]
let tokens: [string, string][]

const base64url = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

beforeAll(async () => {
  relay = await startRelay({ settings: { CLAUDE_BIN: '/nowhere/claude', MESSAGES_PER_SECOND: '100000', PROMPTS_PER_SECOND: '100000' } })
  token = await relay.token('attacker')
  const client = await connectProtocol({ url: relay.url, token })
  sessionId = (await client.ask('create_session', { title: 'Mine' })).session_id
  client.close()
  tokens = await badTokens()
  others = await startBystanders(relay)
  rows = others.rows()
})
afterAll(async () => {
  const { worstMs, told } = await others.stop()
  await relay.stop()
  expect(told).toBeGreaterThan(10)
  expect(worstMs).toBeLessThan(patienceMs)
})

/** Signed with the relay's own secret, so that only what is changed can be what is refused. */
async function badTokens(): Promise<[string, string][]> {
  const secret = Buffer.from(readFileSync(join(relay.config.ensembleData, 'jwt-secret'), 'utf8').trim())
  const [head, body] = token.split('.') as [string, string]
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  const signed = (changes: object, header: object = { alg: 'HS256', typ: 'JWT' }) => {
    const text = `${base64url(header)}.${base64url({ ...claims, ...changes })}`
    return `${text}.${new Bun.CryptoHasher('sha256', secret).update(text).digest('base64url')}`
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = Math.floor(Date.now() / 1000)
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  return [
    ['alg none', `${base64url({ alg: 'none', typ: 'JWT' })}.${body}.`],
    ['alg None', `${base64url({ alg: 'None', typ: 'JWT' })}.${body}.`],
    ['alg HS512', signed({}, { alg: 'HS512', typ: 'JWT' })],
    ['RS256 of another key', await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(privateKey)],
    ['no exp', signed({ exp: undefined })],
    ['exp as text', signed({ exp: String(now + 600) })],
    ['exp in 100 years', signed({ exp: now + 3_153_600_000 })],
    ['wrong iss', signed({ iss: 'somebody' })],
    ['wrong aud', signed({ aud: 'somebody' })],
    ['sub as an object', signed({ sub: { id: claims['sub'] } })],
    ['sub of nobody', signed({ sub: 'u-nobody' })],
    ['kid with a path', signed({}, { alg: 'HS256', typ: 'JWT', kid: '../../etc/passwd' })],
    ['admin by its own word', signed({ role: 'admin', sid: 'made-up' })],
    ['a mutated last character', token.slice(0, -1) + last],
    ['a mutated payload', `${head}.${base64url({ ...claims, name: 'admin' })}.${token.split('.')[2]}`],
    ['not base64', `${head}.%%%.${token.split('.')[2]}`],
    ['brackets', '[[['],
    ['a path', '../../etc/passwd'],
    ['fifteen kilobytes', 'a'.repeat(15 * 1024)],
  ]
}

/** The answer in time, without a word about the relay's insides. */
async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; code: string | null }> {
  const response = await fetch(`${relay.url}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(patienceMs), ...init, headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) } })
  const text = await response.text()
  expect(response.status, `${path} ${text.slice(0, 200)}`).toBeLessThan(500)
  expect(text).not.toMatch(/\bat .+:\d+:\d+|node_modules|SQLITE|\/tmp\//)
  return { status: response.status, code: text.startsWith('{') ? ((JSON.parse(text) as { code?: string }).code ?? null) : null }
}

test('every bad token is 401 at every door: a request, and a socket by protocol, by query and by message', async () => {
  const handshake = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', authorization: '' }
  for (const [name, bad] of tokens) {
    const refused = { status: 401, code: 'UNAUTHORIZED' }
    expect([name, await ask('/api/v1/me', { headers: { authorization: `Bearer ${bad}` } })]).toEqual([name, refused])
    expect([name, await ask(`/ws?token=${encodeURIComponent(bad)}`, { headers: handshake })]).toEqual([name, refused])
    if (/^[\w.-]+$/.test(bad)) expect([name, await ask('/ws', { headers: { ...handshake, 'sec-websocket-protocol': `ensemble.v1, bearer.${bad}` } })]).toEqual([name, refused])
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws`, ['ensemble.v1'])
    const answer = new Promise<string>((resolve) => (socket.onmessage = ({ data }) => resolve(String(data))))
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', id: 'a', data: { token: bad } }))
    expect([name, JSON.parse(await answer)]).toMatchObject([name, { type: 'error', id: 'a', data: { code: 'UNAUTHORIZED' } }])
    socket.close()
  }
  expect(JSON.stringify(relay.logged)).not.toContain(tokens[0]![1])
})

test('a token of a megabyte is refused wherever it stands', async () => {
  const own = `Host: 127.0.0.1:${relay.port}\r\n`
  const long = 'x'.repeat(1024 * 1024)
  for (const head of [`GET /api/v1/me HTTP/1.1\r\n${own}Authorization: Bearer ${long}\r\n\r\n`, `GET /ws?token=${long} HTTP/1.1\r\n${own}Upgrade: websocket\r\n\r\n`, `GET /api/v1/me HTTP/1.1\r\n${own}Cookie: a=${long}\r\n\r\n`]) {
    expect([400, 413, 414, 431]).toContain((await raw(relay.port, head)).status)
  }
})

describe('F11: bodies that hold too much', () => {
  const bodies: [string, string][] = [
    ['a list of empty objects', `[${'{},'.repeat(340_000)}{}]`],
    ['a wide object', `{${Array.from({ length: 90_000 }, (_, index) => `"${index.toString(36)}":0`).join(',')}}`],
    ['brackets', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['only opened', '{"a":'.repeat(200_000)],
    ['a title of a megabyte', JSON.stringify({ title: 'x'.repeat(1_000_000) })],
    ['as many values as are allowed', `{"title":"x","more":[${'0,'.repeat(LIMITS.valuesPerFrame - 10)}0]}`],
  ]
  test.each(bodies)('%s', async (name, body) => {
    const ofAdmins = (route: Route) => typeof route.access === 'object' && 'relay' in route.access
    const routes = relay.relay.routes.filter((route) => route.body && !ofAdmins(route) && route.access !== 'open' && !route.path.includes('/participants') && !route.path.endsWith('/fork') && !route.path.endsWith('/trust'))
    expect(routes.length).toBeGreaterThan(1)
    for (const route of routes.filter((each) => name !== 'as many values as are allowed' || each.method === 'PATCH')) {
      const path = route.path.replace(':id', sessionId)
      const { status } = await ask(path, { method: route.method, body, headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() } })
      expect([route.path, name.startsWith('as many') ? [200] : [400, 413], status]).toEqual([route.path, expect.arrayContaining([status]), status])
    }
    if (name.startsWith('as many')) {
      await ask(`/api/v1/claude/sessions/${sessionId}`, { method: 'PATCH', body: '{"title":"Mine"}', headers: { 'content-type': 'application/json' } })
      rows = others.rows()
    }
  })
})

describe('forms and uploads', () => {
  const form = (body: string, more: Record<string, string> = {}) => ask('/api/v1/files/upload', { method: 'POST', body, headers: { 'content-type': 'multipart/form-data; boundary=b', ...more } })
  const part = (disposition: string, content = 'hi') => `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n--b--\r\n`

  test.each([
    ['nothing', ''],
    ['no boundary in it', 'hello'],
    ['cut in the middle of a header', '--b\r\nContent-Dispo'],
    ['cut in the middle of the file', '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhi'],
    ['no file', part('name="more"')],
    ['headers without end', `--b\r\nX: ${'x'.repeat(300_000)}`],
    ['a session that is a path', `--b\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n../../etc\r\n${part('name="file"; filename="a"')}`],
    ['a session of nobody', `--b\r\nContent-Disposition: form-data; name="session_id"\r\n\r\ns-none\r\n${part('name="file"; filename="a"')}`],
    ['two files', part('name="file"; filename="a"').replace('--b--\r\n', '') + part('name="file"; filename="b"')],
  ])('%s is refused', async (_, body) => expect([400, 404]).toContain((await form(body)).status))

  test.each(['', 'multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'x'.repeat(200)}`, 'multipart/mixed; boundary=b', 'application/json'])('the type %p is refused', async (type) =>
    expect([400, 415]).toContain((await form(part('name="file"; filename="a"'), { 'content-type': type })).status),
  )

  test.each(['-1', '1.5', '1e9', '99999999999999999999', 'abc'])('a length of %s is refused', async (length) => {
    const head = `POST /api/v1/files/upload HTTP/1.1\r\nHost: 127.0.0.1:${relay.port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${length}\r\n\r\n`
    expect([400, 413]).toContain((await raw(relay.port, head)).status)
  })
})

describe('what is hardly HTTP', () => {
  const own = () => `Host: 127.0.0.1:${relay.port}\r\n`
  const bearer = () => `Authorization: Bearer ${token}\r\n`
  const cases: [string, () => string | Uint8Array, number[]][] = [
    ['10 MB on a GET', () => Buffer.concat([Buffer.from(`GET /api/v1/me HTTP/1.1\r\n${own()}${bearer()}Content-Length: 10485760\r\n\r\n`), Buffer.alloc(10 * 1024 * 1024, 'x')]), [200]],
    ['CONNECT', () => `CONNECT evil.example:443 HTTP/1.1\r\n${own()}\r\n`, [405]],
    ['TRACE', () => `TRACE /api/v1/me HTTP/1.1\r\n${own()}${bearer()}\r\n`, [405]],
    ['a foreign Host', () => `GET /api/v1/me HTTP/1.1\r\nHost: evil.example\r\n${bearer()}\r\n`, [421]],
    ['an empty Host', () => `GET /api/v1/me HTTP/1.1\r\nHost:\r\n${bearer()}\r\n`, [421]],
    ['two Hosts', () => `GET /api/v1/me HTTP/1.1\r\n${own()}Host: evil.example\r\n${bearer()}\r\n`, [400, 421]],
    ['//evil/x', () => `GET //evil/x HTTP/1.1\r\n${own()}Accept: text/html\r\n\r\n`, [404]],
    ['a request in a request', () => `POST /api/v1/claude/sessions HTTP/1.1\r\n${own()}${bearer()}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n`, [400]],
    ['a thousand headers', () => `GET /api/v1/me HTTP/1.1\r\n${own()}${bearer()}${Array.from({ length: 1_000 }, (_, index) => `X-${index}: 1\r\n`).join('')}\r\n`, [0, 200, 400, 431]],
  ]
  test.each(cases)('%s', async (_, bytes, statuses) => expect(statuses).toContain((await raw(relay.port, bytes())).status))

  test.each(['/%zz', '/%00', '/..%2f..%2fetc%2fpasswd', '/%252e%252e/x', '/%ff', '/api/v1/claude/sessions/%00', '/api/v1/claude/sessions/..%2f..%2fme', '/api/v1/files/..%2f..%2fetc', '/api/v1/files/%0d%0aX:%20y', `/api/v1/claude/sessions/${'x'.repeat(3_000)}`, "/api/v1/claude/sessions/'%20OR%201=1"])('%s', async (path) => {
    const { status } = await raw(relay.port, `GET ${path} HTTP/1.1\r\n${own()}${bearer()}\r\n`)
    expect([400, 404]).toContain(status)
  })

  test.each(['limit=1e9', 'limit=-1', 'limit=NaN', 'limit=1.5', 'cursor=x', "q='%20OR%201=1;--", 'cursor=%00', `q=${'x'.repeat(5_000)}`, 'before=-1', 'after=1e308', 'workspace_id=..%2f'])('the query %s', async (query) => {
    for (const path of ['/api/v1/claude/sessions', `/api/v1/claude/sessions/${sessionId}/events`, `/api/v1/claude/sessions/${sessionId}/logs`, '/api/v1/files', '/api/v1/people']) {
      expect([200, 400, 404]).toContain((await ask(`${path}?${query}`)).status)
    }
  })

  test('a hundred sockets that send half a request each keep nobody waiting', async () => {
    const halves = Array.from({ length: 100 }, () => {
      const socket = connect(relay.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`POST /api/v1/claude/sessions HTTP/1.1\r\n${own()}${bearer()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ti`)
      return socket
    })
    expect((await ask('/api/v1/me')).status).toBe(200)
    for (const socket of halves) socket.destroy()
    expect((await ask('/api/v1/me')).status).toBe(200)
  })

  test('who leaves in the middle of a body is refused, and it is no failure of the relay', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\nContent-Type: text/plain\r\n\r\nhalf'
    const leaving = [
      `POST /api/v1/claude/sessions HTTP/1.1\r\n${own()}${bearer()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ti`,
      `POST /api/v1/files/upload HTTP/1.1\r\n${own()}${bearer()}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000\r\n\r\n${body}`,
    ]
    const before = relay.logged.length
    for (const text of leaving) {
      const socket = connect(relay.port, '127.0.0.1')
      await new Promise<void>((resolve) => socket.write(text, () => resolve()))
      socket.destroy()
    }
    // By route: of the sockets of the test before some may be told only now.
    const refused = (route: string) => relay.logged.slice(before).some((line) => line['status'] === 400 && line['route'] === route)
    await eventually('both are refused', () => refused('POST /api/v1/claude/sessions') && refused('POST /api/v1/files/upload'))
  })
})

test('no row has changed, nothing was a bug', () => {
  expect(others.rows()).toEqual(rows)
  expect(relay.logged.filter((line) => line['level'] === 'error')).toEqual([])
})
