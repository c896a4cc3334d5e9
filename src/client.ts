// `ensemble/client`: the relay for scripts, over REST, server-sent events and the WebSocket. Bun takes it as it stands; `npm run build:client` makes it for Node.
import type * as z from 'zod/mini'
import { rest, type Executed, type ExecuteBody, type ExecutionDetail, type ExecutionsPage, type ExecutionsQuery } from '#protocol'
import { systemClock } from './clock.ts'
import { CallRefused } from './client/call-refused.ts'
import { createImpatientSocket } from './client/impatient-socket.ts'
import { createLive, type Live, type LiveOptions } from './client/live.ts'
import { createFollowExecution, type FollowedExecution, type FollowOptions } from './connection/follow-execution.ts'
import type { Outcome } from './connection/outcome.ts'
import type { Method, Path, Reads } from './connection/api-routes.ts'
import { createRestCall, type CallOptions, type CallOptionsOf } from './connection/rest-call.ts'
import type { WebSocketConstructor } from './connection/web-socket.ts'

/** The contract: of `FromRelay` the `type` tells what stands in `data`. */
export type * from '#protocol'
export type { Feed, FeedReset, FeedStart, Heard } from './client/feed.ts'
export type { Live, LiveOptions, LiveState } from './client/live.ts'
export type { AnswerOf, DeliverableType } from './connection/messages.ts'
export type { Followed, FollowedExecution, FollowOptions } from './connection/follow-execution.ts'
export { CallRefused }

export type ClientOptions = {
  /** Of the relay, as in `http://127.0.0.1:8765`. */
  url: string
  /** From `ensemble token`, or an API token. */
  token: string
  fetch?: typeof globalThis.fetch
  /** Where the runtime has none, as Node 20: the class of the package `ws`. */
  WebSocket?: new (url: string, protocols: string[]) => object
}

/** Calls reject with `CallRefused`. */
export type Client = {
  /** Under one `key` it is done once, however often it is sent; without one each call is another execution. */
  execute(body: ExecuteBody, options?: { key?: string }): Promise<Executed>
  execution(id: string): Promise<ExecutionDetail>
  executions(query?: ExecutionsQuery): Promise<ExecutionsPage>
  cancel(id: string): Promise<{ execution_id: string; status: ExecutionDetail['status'] }>
  /** One that waits in a queue that is held (`held_by`) goes on. */
  continue(id: string): Promise<object>
  /** Every event in order, and deltas (without `seq`) between them, to its end; across lost connections and restarts of the relay. */
  follow(id: string, options?: FollowOptions): FollowedExecution
  /** A WebSocket that comes back by itself, until it is closed. */
  connect(options?: LiveOptions): Live
}

export function createClient({ url, token, fetch = globalThis.fetch, WebSocket = globalThis.WebSocket }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '')
  const ask = (to: string, init: RequestInit) => fetch(to, init)
  const shared = { base, clock: systemClock, random: Math.random }
  const { call } = createRestCall({ ...shared, fetch: ask })

  async function given<P extends Path<M>, S extends z.core.$ZodType, const M extends Method = 'GET'>(path: P, answer: S & Reads<S, M, P>, options?: CallOptionsOf<M, P>): Promise<z.infer<S>> {
    const outcome: Outcome<z.infer<S>> = await call(path, answer, { ...(options as CallOptions), bearer: token })
    if (!outcome.ok) throw new CallRefused(outcome.trouble)
    return outcome.data
  }
  const of = <Part extends string = ''>(id: string, part = '' as Part) => `claude/executions/${encodeURIComponent(id)}${part}` as const

  return {
    execute: (body, { key } = {}) => given('claude/execute', rest.executed, { method: 'POST', body, idempotencyKey: key }),
    execution: (id) => given(of(id), rest.execution),
    executions: (query = {}) => given('claude/executions', rest.executionsPage, { query }),
    cancel: (id) => given(of(id, '/cancel'), rest.cancelled, { method: 'POST' }),
    continue: (id) => given(of(id, '/continue'), rest.ok, { method: 'POST' }),
    follow: createFollowExecution({ ...shared, fetch: ask, bearer: token }, (trouble) => new CallRefused(trouble)),
    connect({ onState = () => {}, report = console.warn } = {}) {
      if (!WebSocket) throw new Error('this runtime has no WebSocket: hand one to createClient, as in createClient({ …, WebSocket })')
      return createLive({ ...shared, token, call, onState, report, newId: () => globalThis.crypto.randomUUID(), WebSocket: createImpatientSocket(WebSocket as unknown as WebSocketConstructor, systemClock) })
    },
  }
}
