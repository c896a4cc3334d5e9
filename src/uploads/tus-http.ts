// How tus-js-client speaks HTTP here: over fetch, as the person who is signed in, with an end to all waiting; whatever is no success is a trouble.
import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client'
import type { Clock } from '../clock.ts'
import { trouble, type Trouble } from '../connection/outcome.ts'
import { troubleOf } from '../connection/rest-call.ts'
import type { Token } from '../connection/token.ts'

export type TusHttpDependencies = {
  fetch: (url: string, init: RequestInit) => Promise<Response>
  token: Pick<Token, 'fresh' | 'replace' | 'current'>
  clock: Clock
}

/** Why a request has come to nothing. tus-js-client hands on what is thrown as the cause of its own error. */
export class RequestFailed extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly method: string,
  ) {
    super(trouble.message)
    this.name = 'RequestFailed'
  }
}

export type Sent = { method: string; bytes: number; ms: number; header(name: string): string | null }

const ANSWER_MS = 20_000
/** A piece is made to take a second or two; on a link that has become ten times slower it still arrives. */
const PIECE_MS = 45_000
/** With the last piece the relay writes everything through, and may read all of it again or hand it on to where files are kept. */
const LAST_PIECE_MS = 5 * 60_000

/** `signal` ends a request under way. `prepare`: headers that are known only when the piece is. `heard` is told of each success. */
export function createTusHttp(dependencies: TusHttpDependencies, hooks: { signal: AbortSignal; isLast: () => boolean; prepare: (headers: Headers) => void; heard: (sent: Sent) => void }): HttpStack {
  const { token, clock } = dependencies
  const { signal, isLast, prepare, heard } = hooks

  async function bearer(method: string): Promise<string> {
    const fresh = await token.fresh()
    if (fresh === 'unreachable') throw new RequestFailed(trouble('UNREACHABLE', 'the token could not be renewed'), method)
    if (fresh === 'refused') throw new RequestFailed(trouble('UNAUTHORIZED', 'not signed in'), method)
    return fresh.token
  }

  async function sendAs(access: string, method: string, url: string, headers: Headers, body: Blob | null): Promise<Response> {
    headers.set('authorization', `Bearer ${access}`)
    const deadline = new AbortController()
    const ms = body === null ? ANSWER_MS : isLast() ? LAST_PIECE_MS : PIECE_MS
    const timer = clock.setTimer(() => deadline.abort(), ms)
    const stop = () => deadline.abort()
    signal.addEventListener('abort', stop)
    try {
      signal.throwIfAborted()
      return await dependencies.fetch(url, { method, headers, body, signal: deadline.signal, credentials: 'omit', cache: 'no-store', redirect: 'error' })
    } catch {
      const code = signal.aborted ? 'ABORTED' : deadline.signal.aborted ? 'TIMEOUT' : 'UNREACHABLE'
      throw new RequestFailed(trouble(code, `${method}: no answer`), method)
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  async function send(method: string, url: string, headers: Headers, body: Blob | null): Promise<HttpResponse> {
    prepare(headers)
    const began = clock.elapsed()
    const access = await bearer(method)
    let response = await sendAs(access, method, url, headers, body)
    if (response.status === 401 && (await token.replace(access)) === 'renewed') response = await sendAs(token.current() ?? access, method, url, headers, body)
    const text = await response.text().catch(() => '')
    if (!response.ok) throw new RequestFailed(refusalOf(response, text), method)
    heard({ method, bytes: body?.size ?? 0, ms: clock.elapsed() - began, header: (name) => response.headers.get(name) })
    return {
      getStatus: () => response.status,
      getHeader: (name) => response.headers.get(name) ?? undefined,
      getBody: () => text,
      getUnderlyingObject: () => response,
    }
  }

  return {
    getName: () => 'fetch',
    createRequest(method, url): HttpRequest {
      const headers = new Headers()
      return {
        getMethod: () => method,
        getURL: () => url,
        setHeader: (name, value) => headers.set(name, value),
        getHeader: (name) => headers.get(name) ?? undefined,
        // What was handed to the network says little: whole pieces wait in buffers on the way. Only what the relay has counts.
        setProgressHandler: () => undefined,
        send: (body: Blob | null = null) => send(method, url, headers, body),
        abort: async () => undefined,
        getUnderlyingObject: () => null,
      }
    },
  }
}

/** 423 Locked (tus 1.0): another request still writes. */
function refusalOf(response: Response, text: string): Trouble {
  const refusal = troubleOf(response, text)
  return response.status === 423 ? { ...refusal, code: 'BUSY' } : refusal
}
