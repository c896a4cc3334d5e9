// One HTTP request to the relay: timeout and idempotency key; the answer read by its schema or the refusal by the error table.
import * as z from 'zod/mini'
import { errorBody, ERRORS, type ErrorCode } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import type { Body, Method, Path, Query, Reads } from './api-routes.ts'
import { done, failed, retryWithin, trouble, troubleFrom, type Outcome, type Trouble } from './outcome.ts'

export type CallOptions = {
  method?: Method
  /** Texts, numbers and switches; what is absent, null or empty is left out. */
  query?: object
  /** As JSON. */
  body?: unknown
  /** Changes carry one, so that a repeat has the effect once. */
  idempotencyKey?: string
  bearer?: string
  signal?: AbortSignal
  timeoutMs?: number
  /** Small enough to be sent although the page goes. */
  keepalive?: boolean
}

/** What goes with a request of one route. */
export type CallOptionsOf<M extends Method, P extends string> = Omit<CallOptions, 'method' | 'query' | 'body'> & { method?: M; query?: Query<M, P>; body?: Body<M, P> }
/** Any path, and any answer: what is built on it says what is asked. */
export type AnyCall = <S extends z.core.$ZodType>(path: string, answer: S, options?: CallOptions) => Promise<Outcome<z.infer<S>>>
/** The same for those who name a route: the relay's own description says which there are, what goes with each, and what comes. */
export type RestCall = <P extends Path<M>, S extends z.core.$ZodType, const M extends Method = 'GET'>(path: P, answer: S & Reads<S, M, P>, options?: CallOptionsOf<M, P>) => Promise<Outcome<z.infer<S>>>
export type RestCallBlob = (path: string, options?: CallOptions) => Promise<Outcome<Blob>>

/** `heard`: more of it has come. A large file on a slow link takes its time, and only silence ends it. */
type Read<T> = (response: Response, heard: () => void) => Promise<Outcome<T>>

type RestCallDependencies = {
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Where `/api/v1` begins: '' for the relay that served the page, or its origin. */
  base: string
  clock: Clock
}

const TIMEOUT_MS = 20_000
const MOST_TRIES = 3

export function createRestCall({ fetch, base, clock }: RestCallDependencies): { call: AnyCall; callBlob: RestCallBlob } {
  /** Too many reads at once is nobody's trouble: they are repeated when the relay says. */
  async function ask<T>(path: string, options: CallOptions, read: Read<T>): Promise<Outcome<T>> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await askOnce(path, options, read)
      const isRead = (options.method ?? 'GET') === 'GET'
      if (outcome.ok || !isRead || tries === MOST_TRIES || outcome.trouble.code !== 'RATE_LIMITED' || outcome.trouble.retryAfterMs === null) return outcome
      const { retryAfterMs } = outcome.trouble
      await new Promise<void>((resolve) => void clock.setTimer(resolve, retryAfterMs))
      if (options.signal?.aborted) return failed(trouble('ABORTED', `GET ${path}: called off`))
    }
  }

  async function askOnce<T>(path: string, options: CallOptions, read: Read<T>): Promise<Outcome<T>> {
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    let timer: Timer | undefined
    const heard = () => {
      timer?.cancel()
      timer = clock.setTimer(() => stop.abort(), options.timeoutMs ?? TIMEOUT_MS)
    }
    heard()
    try {
      const response = await fetch(`${base}/api/v1/${path}${queryOf(options.query)}`, requestOf(options, signal))
      return response.ok ? await read(response, heard) : failed(troubleOf(response, await response.text()))
    } catch {
      const why = options.signal?.aborted ? 'ABORTED' : stop.signal.aborted ? 'TIMEOUT' : 'UNREACHABLE'
      return failed(trouble(why, `${options.method ?? 'GET'} ${path}: no answer`))
    } finally {
      timer?.cancel()
    }
  }

  return {
    call: (path, answer, options = {}) =>
      ask(path, options, async (response) => {
        const text = await response.text()
        const parsed = z.safeParse(answer, text === '' ? {} : parseJson(text))
        if (parsed.success) return done(parsed.data)
        return failed({ ...trouble('INTERNAL_ERROR', `the answer of ${path} does not fit`), traceId: response.headers.get('x-trace-id') })
      }),
    callBlob: (path, options = {}) =>
      ask(path, options, async (response, heard) => {
        const pieces: Uint8Array<ArrayBuffer>[] = []
        for (const reader = response.body!.getReader(); ; heard()) {
          const { value } = await reader.read()
          if (!value) return done(new Blob(pieces, { type: response.headers.get('content-type')! }))
          pieces.push(value)
        }
      }),
  }
}

function queryOf(query: CallOptions['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

function requestOf(options: CallOptions, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (options.bearer) headers.authorization = `Bearer ${options.bearer}`
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  // The refresh cookie is HttpOnly; `include` carries it to a relay on another origin as well.
  const init: RequestInit = { method: options.method ?? 'GET', headers, signal, credentials: 'include', cache: 'no-store', redirect: 'error' }
  if (options.keepalive) init.keepalive = true
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  return init
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A refusal by the table; what a proxy in between says is read by its status. */
export function troubleOf(response: Response, text: string): Trouble {
  const body = z.safeParse(errorBody, parseJson(text))
  if (body.success) return troubleFrom(body.data)
  const retryAfter = Number(response.headers.get('retry-after'))
  return {
    ...trouble(codeOfStatus(response.status), `HTTP ${response.status}`),
    retryAfterMs: retryWithin(retryAfter > 0 ? retryAfter * 1000 : null),
    traceId: response.headers.get('x-trace-id'),
  }
}

function codeOfStatus(status: number): ErrorCode | 'UNREACHABLE' {
  if (status === 502 || status === 504) return 'UNREACHABLE'
  if (status === 503) return 'BUSY'
  if (status >= 500) return 'INTERNAL_ERROR'
  const found = (Object.keys(ERRORS) as ErrorCode[]).find((code) => code !== 'BAD_FRAME' && ERRORS[code].status === status)
  return found ?? 'VALIDATION'
}
