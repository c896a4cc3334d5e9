// One HTTP call against a real server: answers by schema, refusals by the table, and silence.
import { afterAll, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import { createRestCall } from '../../../src/connection/rest-call.ts'
import { systemClock } from '../../../src/clock.ts'

let busyFor = 0
const seen: { method: string; url: string; headers: Headers; body: string }[] = []
const server = Bun.serve({
  port: 0,
  async fetch(request) {
    const url = new URL(request.url)
    seen.push({ method: request.method, url: url.pathname + url.search, headers: request.headers, body: await request.text() })
    switch (url.pathname) {
      case '/api/v1/good':
        return Response.json({ n: 1, unknown: 'ignored' })
      case '/api/v1/empty':
        return new Response(null, { status: 204 })
      case '/api/v1/refused':
        return Response.json({ code: 'RATE_LIMITED', message: 'slower', retry_after_ms: 700, trace_id: 't-1', timestamp: 1 }, { status: 429 })
      case '/api/v1/crowded':
        if (busyFor-- <= 0) return Response.json({ n: 1 })
        return Response.json({ code: 'RATE_LIMITED', message: 'slower', retry_after_ms: 250, trace_id: 't-4', timestamp: 1 }, { status: 429 })
      case '/api/v1/proxy':
        return new Response('<h1>Bad gateway</h1>', { status: 502 })
      case '/api/v1/proxy-busy':
        return new Response('later', { status: 503, headers: { 'retry-after': '3' } })
      case '/api/v1/odd':
        return Response.json({ n: 'one' }, { headers: { 'x-trace-id': 't-2' } })
      case '/api/v1/moved':
        return Response.redirect('/api/v1/good')
      case '/api/v1/slow':
      case '/api/v1/cut':
        return new Response(slowly(30, url.pathname.endsWith('slow')), { headers: { 'content-type': 'image/png' } })
      case '/api/v1/silent':
        return new Promise<Response>(() => {})
      default:
        return Response.json({ code: 'NOT_FOUND', message: 'no', trace_id: 't-3', timestamp: 1 }, { status: 404 })
    }
  },
})
afterAll(() => server.stop(true))

/** A byte each 20 ms, then the end, or nothing more. */
function slowly(bytes: number, ends: boolean): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    async pull(into) {
      if (left === 0) return ends ? into.close() : new Promise(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 20))
      into.enqueue(Uint8Array.of(left--))
    },
  })
}

const { call, callBlob } = createRestCall({ fetch: (url, init) => fetch(url, init), base: `http://127.0.0.1:${server.port}`, clock: systemClock })
const shape = z.object({ n: z.number() })
const troubleOf = async (path: string) => {
  const outcome = await call(path, shape, { timeoutMs: 2_000 })
  return outcome.ok ? null : outcome.trouble
}

test('an answer is read by its schema', async () => {
  expect(await call('good', shape)).toEqual({ ok: true, data: { n: 1 } })
  expect(await call('empty', z.object({}))).toEqual({ ok: true, data: {} })
})

test('what is asked: bearer, key, query without the empty ones, JSON body', async () => {
  await call('good', shape, { method: 'POST', bearer: 'tok', idempotencyKey: 'k1', query: { q: 'a b&c', cursor: undefined, limit: 5, empty: '' }, body: { x: 'ü' } })
  const last = seen.at(-1)!
  expect([last.method, last.url, last.body]).toEqual(['POST', '/api/v1/good?q=a+b%26c&limit=5', '{"x":"ü"}'])
  expect(last.headers.get('authorization')).toBe('Bearer tok')
  expect(last.headers.get('idempotency-key')).toBe('k1')
  expect(last.headers.get('content-type')).toBe('application/json')
})

test('refusals come by the table, with trace id and the time to wait', async () => {
  expect(await troubleOf('refused')).toEqual({ code: 'RATE_LIMITED', message: 'slower', details: undefined, retryAfterMs: 700, traceId: 't-1' })
  expect((await troubleOf('nothing'))?.code).toBe('NOT_FOUND')
})

test('F1 a read that came too fast is asked again after the time that was said; a change is not', async () => {
  busyFor = 2
  expect(await call('crowded', shape)).toEqual({ ok: true, data: { n: 1 } })
  busyFor = 1
  expect(await call('crowded', shape, { method: 'POST' })).toMatchObject({ ok: false, trouble: { code: 'RATE_LIMITED', retryAfterMs: 250 } })
})

test('what a proxy says is read by its status', async () => {
  expect((await troubleOf('proxy'))?.code).toBe('UNREACHABLE')
  expect(await troubleOf('proxy-busy')).toMatchObject({ code: 'BUSY', retryAfterMs: 3_000 })
})

test('an answer that does not fit is our trouble, not an exception', async () => {
  expect(await troubleOf('odd')).toMatchObject({ code: 'INTERNAL_ERROR', traceId: 't-2' })
})

test('no answer in time, nobody there, called off, redirected away', async () => {
  const silent = await call('silent', shape, { timeoutMs: 30 })
  expect(silent).toMatchObject({ ok: false, trouble: { code: 'TIMEOUT' } })

  const stop = new AbortController()
  const running = call('silent', shape, { signal: stop.signal })
  stop.abort()
  expect(await running).toMatchObject({ ok: false, trouble: { code: 'ABORTED' } })
  expect(await call('good', shape, { signal: stop.signal })).toMatchObject({ ok: false, trouble: { code: 'ABORTED' } })

  const nobody = createRestCall({ fetch: (url, init) => fetch(url, init), base: 'http://127.0.0.1:1', clock: systemClock })
  expect(await nobody.call('good', shape)).toMatchObject({ ok: false, trouble: { code: 'UNREACHABLE' } })
  expect((await troubleOf('moved'))?.code).toBe('UNREACHABLE')
})

test('a file comes as it is', async () => {
  const outcome = await callBlob('good')
  expect(outcome.ok && (await outcome.data.text())).toBe('{"n":1,"unknown":"ignored"}')
})

test('a picture over a slow link takes as long as it takes; only silence ends it', async () => {
  const outcome = await callBlob('slow', { timeoutMs: 250 })
  expect(outcome.ok && [outcome.data.type, [...(await outcome.data.bytes())]]).toEqual(['image/png', Array.from({ length: 30 }, (_, at) => 30 - at)])
  expect(await callBlob('cut', { timeoutMs: 250 })).toMatchObject({ ok: false, trouble: { code: 'TIMEOUT' } })
})
