// The one place that turns an outcome into a response: refusals by their table, bugs into 500 once logged, headers on all of them.
import { ERRORS, Refused, relayFailed, type ErrorBody } from '#protocol'
import { storageRefusal } from '../answers/answers.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Passed } from './gate.ts'

const allowedHeaders = 'authorization, content-type, idempotency-key, if-match, if-none-match, range, last-event-id, traceparent, x-trace-id, tus-resumable, upload-length, upload-offset, upload-metadata, repr-digest'
const exposedHeaders = 'x-trace-id, retry-after, etag, content-disposition, content-range, location, tus-resumable, upload-offset, upload-length, upload-expires, repr-digest'

/** An answer of the API may load nothing at all. */
const answerPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

const ALWAYS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

export function createResponder({ clock, log, metrics }: { clock: Pick<Clock, 'now'>; log: Log; metrics?: Pick<Metrics, 'add'> }) {
  /** An expected refusal, or a bug that is logged here and nowhere else. */
  function refuse(error: unknown, trace: string, about: object): Response {
    const expected = storageRefusal(error)
    const refused = expected instanceof Refused ? expected : relayFailed()
    if (refused !== expected) log.error('request failed', { ...about, trace_id: trace, error })
    metrics?.add('ensemble_errors_total', 1, { code: refused.code })
    const { details, retryAfterMs } = refused.options
    const body: ErrorBody = { code: refused.code, message: refused.message, details, retry_after_ms: retryAfterMs, trace_id: trace, timestamp: clock.now() }
    const headers: Record<string, string> = { 'cache-control': 'no-store' }
    if (refused.code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer'
    // What is left of a body that took too long is not waited for.
    if ((details as { reason?: unknown } | undefined)?.reason === 'slow') headers['connection'] = 'close'
    if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
    return Response.json(body, { status: ERRORS[refused.code].status, headers })
  }

  /** Adds what every response carries. What a handler has set itself stays. */
  function finish(response: Response, trace: string, passed: Passed | null): Response {
    const { headers } = response
    const set = (name: string, value: string) => void (headers.has(name) || headers.set(name, value))
    for (const [name, value] of Object.entries(ALWAYS)) set(name, value)
    set('content-security-policy', answerPolicy)
    headers.set('x-trace-id', trace)
    if (passed?.foreign) {
      headers.set('access-control-allow-origin', passed.foreign)
      headers.set('access-control-allow-credentials', 'true')
      headers.set('access-control-expose-headers', exposedHeaders)
      headers.set('cross-origin-resource-policy', 'cross-origin')
      headers.append('vary', 'Origin')
    }
    return response
  }

  /** The answer to a browser that asks whether a page of an allowed origin may do this. */
  function preflight(methods: readonly string[]): Response {
    return new Response(null, {
      status: 204,
      headers: { 'access-control-allow-methods': methods.join(', '), 'access-control-allow-headers': allowedHeaders, 'access-control-max-age': '600' },
    })
  }

  return { refuse, finish, preflight }
}
