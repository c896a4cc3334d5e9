// Whatever arrives: never a 5xx, a hang, a stack or a changed row; and the next request is answered as ever.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import * as z from 'zod/mini'
import { route } from '../../../relay/http/http.ts'
import { patience } from '../../../relay/http/patience.ts'
import { eventually } from '../../support/eventually.ts'
import { httpRig, type HttpRig } from './http-rig.ts'

let rig: HttpRig
let token: string
const item = z.object({ name: z.string(), count: z.optional(z.number()) })
const handled: unknown[] = []

const things = [
  route({ method: 'GET', path: '/api/v1/things/:id', access: 'user', scope: 'read', summary: 'One.', query: z.object({ limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200))) }), answer: z.looseObject({}), handle: ({ params, query }) => ({ ...params, ...query }) }),
  route({
    method: 'POST',
    path: '/api/v1/things',
    access: 'user',
    scope: 'read',
    summary: 'Another.',
    body: item,
    maxBodyBytes: 2_000,
    answer: item,
    status: 201,
    handle({ body }) {
      handled.push(body)
      return body
    },
  }),
  route({ method: 'POST', path: '/api/v1/things/:id/break', access: 'user', scope: 'read', summary: 'A bug.', handle: () => Promise.reject(new Error('secret: /home/me token=ens_abcdef')) }),
]

beforeAll(async () => {
  rig = await httpRig({ routes: things, build: { 'index.html': '<!doctype html><title>page</title>' } })
  token = await rig.token('mira')
})
afterAll(() => rig.stop())
afterEach(async () => {
  handled.length = 0
  expect((await rig.fetch('/healthz')).status).toBe(200)
})

const post = (body: RequestInit['body'], type = 'application/json', more: Record<string, string> = {}) =>
  rig.fetch('/api/v1/things', { method: 'POST', token, body, headers: { 'content-type': type, ...more } })
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

describe('bodies', () => {
  const wrong: [string, RequestInit['body'], number][] = [
    ['nothing', '', 400],
    ['a trailing comma', '{"name":"a",}', 400],
    ['UTF-16', Buffer.from('{"name":"a"}', 'utf16le'), 400],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
    ['NaN', '{"name":"a","count":NaN}', 400],
    ['a number out of range', '{"name":"a","count":1e999}', 400],
    ['null', 'null', 400],
    ['a list', '[{"name":"a"}]', 400],
    ['text', '"name"', 400],
    ['a wrong type', '{"name":1}', 400],
    ['100,000 brackets', '['.repeat(100_000), 413],
    ['brackets as deep as fits', '['.repeat(1_900), 400],
    ['more than the limit', JSON.stringify({ name: 'x'.repeat(2_000) }), 413],
  ]
  test.each(wrong)('%s', async (_, body, status) => {
    const response = await post(body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code: status === 413 ? 'TOO_LARGE' : 'VALIDATION', trace_id: expect.any(String), timestamp: expect.any(Number) })
    expect(handled).toEqual([])
  })

  test('more than the limit without saying how much', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 10; i++) controller.enqueue(new Uint8Array(1_000).fill(0x20))
        controller.close()
      },
    })
    expect((await post(body)).status).toBe(413)
    expect(handled).toEqual([])
  })

  test('wrong content types, character sets and encodings', async () => {
    const body = '{"name":"a"}'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=x', '', 'application/json; charset=utf-16']) {
      const response = await post(body, type)
      expect([response.status, await codeOf(response)]).toEqual([415, 'UNSUPPORTED_TYPE'])
    }
    expect((await post(Bun.gzipSync(Buffer.from(body)), 'application/json', { 'content-encoding': 'gzip' })).status).toBe(415)
    expect(handled).toEqual([])
  })

  test('duplicate keys, __proto__ and unknown fields do no harm', async () => {
    expect((await post('{"name":"a","name":"b","__proto__":{"admin":true},"constructor":1,"more":2}', 'Application/JSON; Charset="UTF-8"')).status).toBe(201)
    expect(handled).toEqual([{ name: 'b' }])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('10 MB on a GET are not read', async () => {
    const head = `GET /api/v1/things/1 HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${10 * 1024 * 1024}\r\n\r\n`
    expect((await rig.raw(Buffer.concat([Buffer.from(head), Buffer.alloc(10 * 1024 * 1024, 'x')]))).status).toBe(200)
  })
})

test('half a request, and one of a stranger that is refused, hold a connection for a quarter of the time of one that is answered', async () => {
  const allowed = async (asked: Promise<Response>) => {
    rig.patience.length = 0
    await (await asked).arrayBuffer()
    return rig.patience.at(-1)
  }
  const wrong = () => rig.fetch('/api/v1/auth/login', { method: 'POST', body: '{"code":"guess"}', headers: { 'content-type': 'application/json' } })
  for (const asked of [wrong, () => rig.fetch('/api/v1/me'), () => rig.fetch('/api/v1/none')]) expect(await allowed(asked())).toBe(15)
  for (const asked of [() => post('{"name":"a"}'), () => rig.fetch('/'), () => rig.fetch('/healthz')]) expect(await allowed(asked())).toBe(60)

  rig.patience.length = 0
  const half = connect(rig.port, '127.0.0.1', () => half.write(`POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:${rig.port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`))
  await eventually('half a request is in', () => rig.patience.length > 0)
  half.destroy()
  expect([...rig.patience, patience.head]).toEqual([15, 10])
})

describe('queries', () => {
  test.each(['limit=1e9', 'limit=-1', 'limit=1.5', 'limit=NaN', 'limit=Infinity', "limit=1'; DROP TABLE users;--", 'limit=0x', 'limit=1&limit=abc', 'limit=%00'])('%s', async (query) => {
    const response = await rig.fetch(`/api/v1/things/1?${query}`, { token })
    expect([response.status, await codeOf(response)]).toEqual([400, 'VALIDATION'])
  })
  test.each(['', 'limit=', '__proto__=1', 'limit=%zz&limit=5', '=', '&&&', 'limit=5&constructor=2'])('%p is fine', async (query) => {
    expect((await rig.fetch(`/api/v1/things/1?${query}`, { token })).status).toBe(200)
  })
})

describe('paths', () => {
  const status = async (path: string, headers = '') =>
    (await rig.raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`)).status

  test.each(['/%zz', '/api/v1/things/%00', '/api/v1/things/..%2fme', '/api/v1/things/%2e%2e%2fme', '/api/v1/things/a%5cb', '/api/v1/things/%0d%0aX:%20y', '/api/v1/things/%ff', '/%00'])('%s is refused', async (path) =>
    expect(await status(path)).toBe(400),
  )
  test.each(['//evil/x', '/api//v1/me', '/api/v1/me/', '/api/v1/things/%252e%252e%252fme/x', '/api', '/api/', '/API/v1/me', '/ws/', '/wsx', '/metrics/', '/healthz/x', '/readyz/', '/api/v1/users', '/assets/none.js', '/.env', '/../../etc/passwd', '/index.html/x'])('%s is not found', async (path) =>
    expect(await status(path)).toBe(404),
  )
  test('a dot segment names what it names', async () => expect(await status('/api/v1/things/../me')).toBe(200))
  test('//evil/x is no page even for a browser, so that no router makes another site of it', async () => expect(await status('//evil/x', 'Accept: text/html\r\n')).toBe(404))
  test('paths of the relay never become the page', async () => {
    for (const path of ['/api/nothing', '/ws/nothing', '/metrics/x', '/healthz/x', '/readyz/x', '/api/v1/']) expect(await status(path, 'Accept: text/html\r\n')).toBe(404)
    expect(await status('/s/abc', 'Accept: text/html\r\n')).toBe(200)
  })
})

describe('what is hardly HTTP', () => {
  const own = () => `Host: 127.0.0.1:${rig.port}\r\n`
  const cases: [string, () => string, number[]][] = [
    ['no Host', () => 'GET / HTTP/1.1\r\n\r\n', [400, 421]],
    ['HTTP/1.0 without Host', () => 'GET / HTTP/1.0\r\n\r\n', [421]],
    ['an empty Host', () => 'GET /api/v1/me HTTP/1.1\r\nHost:\r\n\r\n', [421]],
    ['an odd Host', () => 'GET / HTTP/1.1\r\nHost: a b[\r\n\r\n', [421]],
    ['a foreign Host', () => 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', [421]],
    ['two Hosts', () => `GET / HTTP/1.1\r\n${own()}Host: evil.example\r\n\r\n`, [400, 421]],
    ['the same Host twice', () => `GET / HTTP/1.1\r\n${own()}${own()}\r\n`, [400, 421]],
    ['a whole address', () => `GET http://evil.example/api/v1/me HTTP/1.1\r\n${own()}\r\n`, [401, 421]],
    ['CONNECT', () => `CONNECT evil.example:443 HTTP/1.1\r\n${own()}\r\n`, [405]],
    ['TRACE', () => `TRACE / HTTP/1.1\r\n${own()}\r\n`, [405]],
    ['TRACE of a route', () => `TRACE /api/v1/me HTTP/1.1\r\n${own()}\r\n`, [405]],
    ['a method of its own', () => `FOO / HTTP/1.1\r\n${own()}\r\n`, [0, 400, 405]],
    ['OPTIONS *', () => `OPTIONS * HTTP/1.1\r\n${own()}\r\n`, [400, 404, 405]],
    ['a negative length', () => `POST /api/v1/things HTTP/1.1\r\n${own()}Content-Length: -1\r\n\r\n`, [400]],
    ['two ways to say how long', () => `POST /api/v1/things HTTP/1.1\r\n${own()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
    ['headers without end', () => `GET / HTTP/1.1\r\n${own()}X: ${'x'.repeat(100_000)}\r\n\r\n`, [431]],
    ['no HTTP at all', () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n', [0, 400]],
    ['a token of a megabyte', () => `GET /api/v1/me HTTP/1.1\r\n${own()}Authorization: Bearer ${'x'.repeat(1024 * 1024)}\r\n\r\n`, [431]],
    ['two tokens', () => `GET /api/v1/me HTTP/1.1\r\n${own()}Authorization: Bearer ${token}\r\nAuthorization: Bearer x\r\n\r\n`, [400, 401]],
  ]
  test.each(cases)('%s', async (_, bytes, statuses) => expect(statuses).toContain((await rig.raw(bytes())).status))
})

test('a bug is a 500 without a word about it, logged once, with the trace id of the answer', async () => {
  const response = await rig.fetch('/api/v1/things/1/break', { method: 'POST', token })
  const body = (await response.json()) as { trace_id: string }
  expect([response.status, response.headers.get('x-trace-id')]).toEqual([500, body.trace_id])
  expect(body).toMatchObject({ code: 'INTERNAL_ERROR', message: 'the relay failed at this; it may have been done or not' })
  expect(JSON.stringify(body)).not.toContain('secret')
  const lines = rig.logged.filter((line) => line['trace_id'] === body.trace_id)
  expect(lines.map((line) => line['event'])).toEqual(['request failed', 'request'])
  expect(JSON.stringify(lines)).not.toContain('ens_abcdef')
})

test('no token ever reaches the log', () => {
  expect(JSON.stringify(rig.logged)).not.toContain(token)
})
