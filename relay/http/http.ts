// DOOR of HTTP: gate, route table, who may, parse, handle, respond, one log line. Everything without a rule is refused.
import { networkInterfaces } from 'node:os'
import { Refused, requestId } from '#protocol'
import { unanswered, type Answer, type Answers, type Asked } from '../answers/answers.ts'
import { refuseOutOfScope, type Auth, type Caller, type Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Verdict } from '../rate-limits.ts'
import { costOf, tooMany, type Cost } from './cost.ts'
import { createGate, type GateSettings, type Passed } from './gate.ts'
import { createHeavyReads } from './heavy-reads.ts'
import { createLongAnswers, unreadForSeconds } from './long-answers.ts'
import { createMatcher, segmentsOf } from './match-route.ts'
import { patience } from './patience.ts'
import { bearerOf, fit, mediaTypeOf, readJson, readQuery } from './read-body.ts'
import { createRequestLog } from './request-log.ts'
import { createResponder } from './respond.ts'
import { scopeOf, type Call, type Route } from './route.ts'
import { traceOf } from './trace-id.ts'
import type { WebApp } from './web-app.ts'

export { route, type Route } from './route.ts'
export { createRoutes } from './routes.ts'

/** The part of Bun's server that is needed here. */
type HttpServer = {
  requestIP(request: Request): { address: string } | null
  timeout(request: Request, seconds: number): void
}

/** Paths that belong to the relay: what is not found under them never becomes the web app. */
const RESERVED = ['api', 'ws', 'metrics', 'healthz', 'readyz']
const jsonBytes = 1024 * 1024
/** In the place of an answer: there is none any more. */
const UPGRADED = {}

const keyOf = (route: Route, request: Request): string | null => (route.keepsNoAnswer ? null : request.headers.get('idempotency-key'))

export type Answered = (route: string | undefined, response: Response) => void

type Http<S extends HttpServer = HttpServer> = {
  /** For Bun.serve. Undefined after a successful upgrade. */
  fetch(request: Request, server: S): Promise<Response | undefined>
  /** For Bun.serve: what went wrong outside of `fetch`. */
  error(problem: unknown): Response
  routes: readonly Route[]
}

export function createHttp<S extends HttpServer>(dependencies: {
  routes: readonly Route[]
  auth: Auth
  answers: Answers
  gate: GateSettings
  /** The port that is listened on, known once listening. */
  port: () => number
  webApp: WebApp
  /** Takes one change or read of a user off what that user may do per second. */
  charge(userId: string, what: Cost): Verdict
  /** A row that is a `socket`, after the gate: undefined when upgraded, else throws `Refused`. */
  upgrade(request: Request, server: S, from: Caller): Promise<undefined>
  clock: Clock
  log: Log
  metrics?: Pick<Metrics, 'add' | 'histogram'>
  newId: () => string
  addresses?: () => readonly string[]
  /** For tests: hears of each answer, with the route that gave it. */
  answered?: Answered
}): Http<S> {
  const { routes, auth, answers, port, webApp, charge, upgrade, clock, log, metrics, newId, answered } = dependencies
  const addresses = dependencies.addresses ?? (() => Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address)))
  const gate = createGate({ settings: dependencies.gate, port, addresses, clock })
  const match = createMatcher(routes)
  const always = new Map(routes.map((route) => [`${route.method} ${route.path}`, route.always]))
  const heavy = createHeavyReads()
  const streamOf = createLongAnswers(heavy)
  const note = createRequestLog({ log, clock })
  const { refuse, finish, preflight } = createResponder({ clock, log, metrics })

  async function identify(route: Route, request: Request, params: Record<string, string>, ticket: string | null, caller: Caller): Promise<Identity> {
    if (route.byTicket) return auth.tickets.open(ticket, params['id'] ?? '', caller)
    const token = bearerOf(request)
    if (token === null) throw new Refused('UNAUTHORIZED', 'a token is needed', { details: { reason: 'missing' } })
    return auth.identify(token, caller)
  }

  async function allow(route: Route, who: Identity, params: Record<string, string>): Promise<void> {
    const { access } = route
    if (access === 'open') return
    refuseOutOfScope(who, scopeOf(route))
    if (access === 'user') return
    if ('session' in access) await auth.may(who, access.session, params['id'] ?? '', { trashed: access.trashed })
    else await auth.mayRelay(who, access.relay, params['id'])
  }

  /** Asked again after a body, which comes as slowly as its sender likes: who it is by now, if they still may. */
  async function still(route: Route, who: Identity, params: Record<string, string>): Promise<Identity> {
    const now = await auth.recheck(who)
    await allow(route, now, params)
    return now
  }

  function afford({ userId }: Identity, what: Cost): void {
    const verdict = charge(userId, what)
    if (verdict.verdict === 'wait') throw new Refused('RATE_LIMITED', tooMany[what], { retryAfterMs: verdict.retryAfterMs })
  }

  async function bodyOf(route: Route, request: Request): Promise<unknown> {
    if (route.rawBody) {
      const type = mediaTypeOf(request.headers)
      if (!route.rawBody.contentTypes.includes(type)) throw new Refused('UNSUPPORTED_TYPE', `the body is sent as ${route.rawBody.contentTypes.join(' or ')}`)
      const announced = Number(request.headers.get('content-length') ?? 0)
      if (announced > (route.maxBodyBytes ?? jsonBytes)) throw new Refused('TOO_LARGE', 'the body is too large')
      return undefined
    }
    return route.body ? readJson(request, route.maxBodyBytes ?? jsonBytes, clock) : undefined
  }

  /** A change runs once per (user, Idempotency-Key); its answer comes in the tick of its commit. */
  async function once(route: Route, call: Call, asker: Identity, path: string): Promise<object> {
    const key = keyOf(route, call.request)
    if (key !== null && !requestId.safeParse(key).success) throw new Refused('VALIDATION', 'Idempotency-Key: 1 to 128 characters')
    const received = (await route.rawBody?.receive(call)) ?? null
    const who = received ? await still(route, asker, call.params as Record<string, string>).catch((error: unknown) => received.discard().then(() => Promise.reject(error))) : asker
    const request = { id: key, body: { method: route.method, path, query: call.query, body: received ? received.same : call.body } }
    return new Promise((resolve, reject) => {
      let told = false
      let ran = false
      const tell = (answer: Answer) => {
        told = true
        if (answer.outcome === 'success') resolve(answer.result)
        else reject(new Refused(answer.result.code, answer.result.message, { details: answer.result.details }))
      }
      const failed = (error: unknown) => (told ? log.error('request failed after its answer', { trace_id: call.trace, error }) : reject(error))
      const run = async (asked: Asked) => {
        if (key !== null) afford(who, costOf(route))
        ran = true
        if (route.prompts) afford(who, 'claude_message')
        return route.handle({ ...call, who, asked: { ...asked, trace: call.trace }, received })
      }
      // What came again is answered from the table, and its bytes are nobody's.
      const unused = async () => void (!ran && (await received?.discard()))
      answers.once(who, request, tell, run).finally(unused).catch(failed)
    })
  }

  async function answer(route: Route, params: Record<string, string>, url: URL, from: { request: Request; server: S; passed: Passed; caller: Caller; trace: string; seen: Seen }): Promise<Response | undefined> {
    const { request, server, passed, caller, trace, seen } = from
    const asker = route.access === 'open' ? null : await identify(route, request, params, url.searchParams.get('ticket'), caller)
    seen.user_id = asker?.userId
    if (asker?.kind === 'link' && !route.byLink) throw new Refused('FORBIDDEN', 'a link only reads its session')
    const isRead = route.method === 'GET'
    // With a key it is charged when it is run: what is answered already costs nothing.
    if (asker && (isRead || route.direct || keyOf(route, request) === null)) afford(asker, costOf(route))
    if (asker) await allow(route, asker, params)
    const query = route.query ? fit(route.query, readQuery(url.searchParams), 'the query') : {}
    const sent = await bodyOf(route, request)
    server.timeout(request, patience.answer)
    const who = asker && route.body ? await still(route, asker, params) : asker
    const body = route.body ? fit(route.body, sent, 'the body') : undefined
    const inTurn = <T>(work: () => Promise<T>) => heavy(who?.userId ?? '', work)
    const streamed = (pieces: AsyncGenerator<string | Uint8Array>) => {
      server.timeout(request, unreadForSeconds)
      return streamOf(who?.userId ?? '', pieces)
    }
    const lasting = (left: () => void) => {
      server.timeout(request, 0)
      if (request.signal.aborted) left()
      else request.signal.addEventListener('abort', left, { once: true })
      return () => server.timeout(request, unreadForSeconds)
    }
    const toSocket = async () => {
      if (request.method !== 'GET') throw new Refused('VALIDATION', 'a WebSocket handshake is expected here')
      await upgrade(request, server, caller)
      return UPGRADED
    }
    const call = { upgrade: toSocket, params, query, body, who, asked: who && route.direct ? unanswered(who, trace) : null, received: null, caller, trace, request, origin: passed.origin, inTurn, streamed, lasting } as unknown as Call
    const result = who && !isRead && !route.direct ? await once(route, call, who, url.pathname) : await route.handle(call)
    if (result === UPGRADED) return undefined
    if (result instanceof Response) return result
    return Response.json(result, { status: route.status ?? 200, headers: { 'cache-control': 'no-store' } })
  }

  async function dispatch(request: Request, server: S, passed: Passed, trace: string, seen: Seen): Promise<Response | undefined> {
    const caller = { address: passed.address, agent: request.headers.get('user-agent'), local: passed.local, hop: passed.hop }
    const url = new URL(request.url)
    const segments = segmentsOf(url.pathname)
    const matched = match(request.method, segments)
    const asksFirst = request.method === 'OPTIONS' && passed.foreign !== null
    if (asksFirst && matched.outcome !== 'none') return preflight(matched.allow)
    if (matched.outcome === 'found') {
      seen.route = `${matched.route.method} ${matched.route.path}`
      return answer(matched.route, matched.params, url, { request, server, passed, caller, trace, seen })
    }
    if (matched.outcome === 'other-method') throw new Refused('METHOD_NOT_ALLOWED', `allowed here: ${matched.allow.join(', ')}`, { details: { allow: matched.allow } })
    if (RESERVED.includes(segments[0] ?? '')) throw new Refused('NOT_FOUND', 'not found')
    server.timeout(request, patience.answer)
    return webApp.serve(request, url.pathname, passed.origin)
  }

  /** By rows of the table: what strangers invent, methods too, is one row. */
  function count({ route }: Seen, status: number, ms: number): void {
    const [method = '', path = ''] = route?.split(' ') ?? ['any', 'none']
    const row = { method, route: path }
    metrics?.add('ensemble_http_requests_total', 1, { ...row, status: String(status) })
    metrics?.histogram('ensemble_http_request_seconds', row).observe(ms / 1_000)
  }

  async function fetch(request: Request, server: S): Promise<Response | undefined> {
    const trace = traceOf(request.headers) ?? newId()
    const began = clock.elapsed()
    const seen: Seen = { method: request.method }
    let passed: Passed | null = null
    let response: Response | undefined
    server.timeout(request, patience.body)
    try {
      passed = gate({ method: request.method, headers: request.headers, peer: server.requestIP(request)?.address ?? null })
      response = await dispatch(request, server, passed, trace, seen)
      if (response === undefined) return undefined
    } catch (error) {
      response = refuse(error, trace, seen)
      if (seen.user_id === undefined) server.timeout(request, patience.body)
    }
    const ms = clock.elapsed() - began
    count(seen, response.status, ms)
    // Files of the web app are many and say nothing; the rest is one line each.
    if (seen.route || response.status >= 400) note({ ...seen, status: response.status, ms: Math.round(ms), trace_id: trace }, { address: passed?.address ?? null, hop: passed?.hop ?? null })
    for (const [name, value] of Object.entries(always.get(seen.route ?? '') ?? {})) response.headers.set(name, value)
    finish(response, trace, passed)
    answered?.(seen.route, response)
    return response
  }

  return {
    fetch,
    routes,
    error(problem) {
      const trace = newId()
      return finish(refuse(problem, trace, {}), trace, null)
    },
  }
}

type Seen = { method: string; route?: string; user_id?: string }
