// Signing in over HTTP, who one is, operation, once-only changes, other origins, and the description of it all.
import { afterAll, beforeAll, describe, expect, spyOn, test } from 'bun:test'
import { rest } from '#protocol'
import * as z from 'zod/mini'
import { route, type Route } from '../../../relay/http/http.ts'
import { StorageError } from '../../../relay/storage/storage.ts'
import { httpRig, type HttpRig } from './http-rig.ts'

let rig: HttpRig
let added = 0
const counters: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/counters/:id',
    access: 'user',
    scope: 'read',
    summary: 'Counts.',
    body: z.object({ by: z.number() }),
    answer: z.object({ id: z.string(), added: z.number() }),
    status: 201,
    async handle({ params, body, asked }) {
      added += body.by
      const result = { id: params.id, added }
      asked.answering(result)
      return result
    },
  }),
]

beforeAll(async () => {
  rig = await httpRig({ routes: counters, gate: { allowedOrigins: ['https://app.example'] } })
})
afterAll(() => rig.stop())

const json = async (response: Response) => (await response.json()) as Record<string, any>
const login = (body: object, headers: Record<string, string> = {}) => rig.fetch('/api/v1/auth/login', { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
const cookieOf = (response: Response) => response.headers.getSetCookie()[0]!.split(';')[0]!

describe('signing in', () => {
  test('with a code: an access token for the page, the one half of what renews in a cookie no script can read, the other in no cookie', async () => {
    const user = await rig.auth.accounts.add({ name: 'coda', role: 'user' })
    const response = await login({ code: await rig.auth.signIn.createCode(user.id, { loopbackOnly: true }) })
    const body = rest.signedIn.parse(await response.clone().json())
    expect(body.user).toEqual({ id: user.id, name: 'coda', role: 'user' })
    expect(response.headers.getSetCookie()[0]).toMatch(/^ensemble_test=[\w-]+; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict; Max-Age=(2592000|259199\d)$/)
    expect(response.headers.getSetCookie().join()).not.toContain(body.page_key)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const me = rest.me.parse(await json(await rig.fetch('/api/v1/me', { token: body.access_token })))
    expect(me.user.name).toBe('coda')

    const refreshed = await rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: body.page_key, headers: { cookie: `other=1; ${cookieOf(response)}` } })
    const again = rest.renewed.parse(await refreshed.clone().json())
    expect(cookieOf(refreshed)).not.toBe(cookieOf(response))

    const out = await rig.fetch('/api/v1/auth/logout', { method: 'POST', token: again.access_token })
    expect(out.headers.getSetCookie().filter((each) => each.includes('Max-Age=0')).map((each) => each.split('=')[0])).toEqual(['ensemble_test'])
    expect((await rig.fetch('/api/v1/me', { token: again.access_token })).status).toBe(401)
    expect((await rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: body.page_key, headers: { cookie: cookieOf(refreshed) } })).status).toBe(401)
  })

  test('with a password, and the sixth attempt has to wait', async () => {
    await rig.auth.accounts.add({ name: 'pia', role: 'user', password: 'a long password' })
    expect((await login({ username: 'pia', password: 'a long password' })).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await login({ username: 'pia', password: 'wrong' })).status).toBe(401)
    const locked = await login({ username: 'pia', password: 'a long password' })
    expect(locked.status).toBe(429)
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await json(locked)).toMatchObject({ code: 'RATE_LIMITED', details: { locked_until: expect.any(Number) }, retry_after_ms: expect.any(Number) })
  })

  test('on a full disk or while the database is held: come back later, and no bug', async () => {
    const user = await rig.auth.accounts.add({ name: 'fay', role: 'user' })
    const code = await rig.auth.signIn.createCode(user.id, { loopbackOnly: true })
    const commit = spyOn(rig.storage, 'commit')
    const bugs = rig.logged.length
    for (const problem of ['full', 'locked'] as const) {
      commit.mockRejectedValueOnce(new StorageError(problem, 'no'))
      const refused = await login({ code })
      expect([refused.status, (await json(refused)).code]).toEqual([503, 'BUSY'])
    }
    commit.mockRestore()
    const granted = await login({ code })
    const refresh = async () => rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: (await json(granted.clone())).page_key, headers: { cookie: cookieOf(granted) } })
    const query = spyOn(rig.storage, 'query').mockRejectedValue(new StorageError('locked', 'no'))
    expect((await refresh()).status).toBe(503)
    query.mockRestore()
    expect((await refresh()).status).toBe(200)
    expect(rig.logged.slice(bugs).filter(({ level }) => level === 'error')).toEqual([])
  })

  test('C8 a cookie alone, as every server of this host hears it, opens nothing', async () => {
    const user = await rig.auth.accounts.add({ name: 'cookie', role: 'user' })
    const response = await login({ code: await rig.auth.signIn.createCode(user.id, { loopbackOnly: false }) })
    const { page_key } = rest.signedIn.parse(await response.clone().json())
    const cookie = cookieOf(response)
    for (const [method, path] of [['GET', '/api/v1/me'], ['POST', '/api/v1/auth/logout'], ['GET', '/api/v1/people'], ['POST', '/api/v1/auth/refresh']] as const) {
      const answer = await rig.fetch(path, { method, headers: { cookie } })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    }
    const foreign = await rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: page_key, headers: { cookie, origin: 'https://evil.example' } })
    expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []])
    const wrong = await rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: `${page_key}x`, headers: { cookie } })
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []])
    expect((await rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: page_key, headers: { cookie } })).status).toBe(200)
  })

  test('C8 a cookie of the same name that another server of this host has set keeps nobody out', async () => {
    const user = await rig.auth.accounts.add({ name: 'junk', role: 'user' })
    const response = await login({ code: await rig.auth.signIn.createCode(user.id, { loopbackOnly: false }) })
    const { page_key } = rest.signedIn.parse(await response.clone().json())
    const refresh = (cookie: string) => rig.fetch('/api/v1/auth/refresh', { method: 'POST', token: page_key, headers: { cookie } })
    expect((await refresh('ensemble_test=junk; ensemble_test=more')).status).toBe(401)
    const renewed = await refresh(`ensemble_test=junk; ensemble_test=; ${cookieOf(response)}`)
    expect([renewed.status, renewed.headers.getSetCookie().length]).toEqual([200, 1])
  })

  test('bodies that are neither, and tokens in other places, are refused', async () => {
    for (const body of [{}, { username: 'pia' }, { code: '' }, { code: 1 }, { username: 'x', password: 'y'.repeat(300) }]) expect((await login(body)).status).toBe(400)
    const token = await rig.token('placed')
    for (const authorization of [token, `Basic ${token}`, `Bearer${token}`, `Bearer ${token} x`, 'Bearer', 'Bearer ']) {
      expect((await rig.fetch('/api/v1/me', { headers: { authorization } })).status).toBe(401)
    }
    expect((await rig.fetch(`/api/v1/me?token=${token}`)).status).toBe(401)
    expect((await rig.fetch('/api/v1/me', { headers: { authorization: `bearer ${token}` } })).status).toBe(200)
  })
})

test('people whom one could invite', async () => {
  const token = await rig.token('inviter')
  await rig.token('Paulina')
  const found = rest.people.parse(await json(await rig.fetch('/api/v1/people?q=paul', { token })))
  expect(found.people).toEqual([{ id: expect.any(String), name: 'Paulina' }])
  const told = rest.people.parse(await json(await rig.fetch('/api/v1/people?q=paul', { token: await rig.token('overseer', 'admin') })))
  expect(told.people).toEqual([{ ...found.people[0]!, role: 'user' }])
  expect((await rig.fetch(`/api/v1/people?q=${'x'.repeat(101)}`, { token })).status).toBe(400)
})

describe('operation', () => {
  test('health is open, readiness tells its reasons to admins', async () => {
    const busy = await httpRig({ draining: true })
    expect(await json(await busy.fetch('/healthz'))).toEqual({ status: 'ok', epoch: expect.any(String) })
    expect([(await busy.fetch('/readyz')).status, await json(await busy.fetch('/readyz'))]).toEqual([503, { status: 'not_ready' }])
    expect(await json(await busy.fetch('/readyz', { token: await busy.token('user') }))).toEqual({ status: 'not_ready' })
    expect(await json(await busy.fetch('/readyz', { token: await busy.token('root', 'admin') }))).toEqual({ status: 'not_ready', reasons: [{ code: 'draining', message: 'the relay is shutting down' }], warnings: [] })
    await busy.stop()
    // A disk that is nearly full keeps nobody from reading.
    expect([(await rig.fetch('/readyz')).status, await json(await rig.fetch('/readyz'))]).toEqual([200, { status: 'ready' }])
    expect(await json(await rig.fetch('/readyz', { token: await rig.token('root', 'admin') }))).toEqual({ status: 'ready', reasons: [], warnings: [{ code: 'disk_nearly_full', message: 'only 0 MiB are left where the data lies; DISK_RESERVE_MIB asks for 1' }] })
  })

  test('metrics are for admins', async () => {
    expect((await rig.fetch('/metrics')).status).toBe(401)
    expect((await rig.fetch('/metrics', { token: await rig.token('user') })).status).toBe(403)
    const response = await rig.fetch('/metrics', { token: await rig.token('chief', 'admin') })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  })

  test('methods that a path does not have are 405 with those it has; HEAD is GET without the body', async () => {
    const response = await rig.fetch('/api/v1/me', { method: 'DELETE' })
    expect([response.status, (await json(response)).details]).toEqual([405, { allow: ['GET', 'HEAD'] }])
    const head = await rig.fetch('/healthz', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('only GET /ws is handed on, with where it comes from', async () => {
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/ws`)
    await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onclose: reject }))
    socket.close()
    expect(rig.upgrades).toEqual([{ address: '127.0.0.1', agent: null, local: true, hop: null }])
    expect((await rig.fetch('/ws', { method: 'POST' })).status).toBe(405)
  })
})

describe('Idempotency-Key', () => {
  const count = (token: string, key: string | null, by = 1, id = 'a') =>
    rig.fetch(`/api/v1/counters/${id}`, { method: 'POST', token, body: JSON.stringify({ by }), headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) } })

  test('fifty at once with one key: one effect, fifty equal answers', async () => {
    const token = await rig.token('often')
    added = 0
    const answers = await Promise.all(Array.from({ length: 50 }, async () => {
      const response = await count(token, 'k1')
      return [response.status, await response.json()]
    }))
    expect(added).toBe(1)
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify([201, { id: 'a', added: 1 }])]))
  })

  test('I2: a repeat of what was answered, or is being answered, is not charged; what is new under a key is', async () => {
    const slow = await httpRig({ routes: counters, messagesPerSecond: 1 })
    const token = await slow.token('patient')
    const post = async (key: string) => (await slow.fetch('/api/v1/counters/a', { method: 'POST', token, body: '{"by":1}', headers: { 'content-type': 'application/json', 'idempotency-key': key } })).status
    expect(new Set([...(await Promise.all(Array.from({ length: 30 }, () => post('same')))), ...(await Promise.all(Array.from({ length: 30 }, () => post('same'))))])).toEqual(new Set([201]))
    expect(await Promise.all(Array.from({ length: 30 }, (_, index) => post(`new ${index}`)))).toContain(429)
    await slow.stop()
  })

  test('another body or path under the same key is ID_REUSED; another user’s key is another key', async () => {
    const token = await rig.token('reuser')
    added = 0
    expect((await count(token, 'k2')).status).toBe(201)
    for (const again of [await count(token, 'k2', 2), await count(token, 'k2', 1, 'b')]) expect([again.status, (await json(again)).code]).toEqual([409, 'ID_REUSED'])
    expect((await count(await rig.token('somebody'), 'k2', 5)).status).toBe(201)
    expect((await count(token, null)).status).toBe(201)
    expect(added).toBe(7)
    expect((await count(token, 'x'.repeat(129))).status).toBe(400)
  })
})

describe('other origins', () => {
  const origin = 'https://app.example'
  test('none gets CORS headers', async () => {
    const response = await rig.fetch('/healthz')
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    const preflight = await rig.fetch('/api/v1/me', { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })
  test('an allowed one may ask, and read the answer, refusals included', async () => {
    const preflight = await rig.fetch('/api/v1/me', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-methods')]).toEqual([204, origin, 'GET, HEAD'])
    const refused = await rig.fetch('/api/v1/me', { headers: { origin } })
    expect([refused.status, refused.headers.get('access-control-allow-origin'), refused.headers.get('vary')]).toEqual([401, origin, 'Origin'])
  })
})

test('every answer carries what keeps a browser safe', async () => {
  for (const response of [await rig.fetch('/healthz'), await rig.fetch('/api/v1/me'), await rig.fetch('/nothing'), await rig.fetch('/healthz', { headers: { host: 'evil.example' } })]) {
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('x-trace-id')).toBeString()
  }
})

test('openapi.json says what the table says, also of routes that nobody foresaw', async () => {
  const api = await json(await rig.fetch('/api/v1/openapi.json'))
  const create = api['paths']['/api/v1/counters/{id}'].post
  expect(create.requestBody.content['application/json'].schema).toMatchObject({ type: 'object', properties: { by: { type: 'number' } }, required: ['by'] })
  expect(create.parameters[0].name).toBe('id')
  expect(Object.keys(create.responses)).toEqual(expect.arrayContaining(['201', '400', '401', '404', '409']))
  expect(create.responses).not.toHaveProperty('200')
  expect(api['paths']['/healthz'].get.security).toEqual([])
  expect(api['paths']['/api/v1/me'].get.security).not.toEqual([])
})
