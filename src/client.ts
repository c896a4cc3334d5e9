// `ensemble/client`: executions for scripts, over REST and server-sent events. Bun takes it as it stands; `npm run build:client` makes it for Node.
import type * as z from 'zod/mini'
import { rest, type Executed, type ExecuteBody, type ExecutionDetail, type ExecutionsPage, type ExecutionsQuery, type FromRelay } from '#protocol'
import { systemClock } from './clock.ts'
import { createFollowExecution, type FollowOptions } from './connection/follow-execution.ts'
import type { Outcome, Trouble } from './connection/outcome.ts'
import { createRestCall, type CallOptions } from './connection/rest-call.ts'

export type { ErrorCode, Executed, ExecuteBody, ExecutionDetail, ExecutionRow, ExecutionsPage, FromRelay } from '#protocol'
export type { FollowOptions } from './connection/follow-execution.ts'

/** What the relay refused, or that it was not there: `code` says which. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  constructor(readonly trouble: Trouble) {
    super(`${trouble.code}: ${trouble.message}`)
  }
  get code(): Trouble['code'] {
    return this.trouble.code
  }
}

export type Client = {
  /** Under one `key` it is done once, however often it is sent; without one each call is another execution. */
  execute(body: ExecuteBody, options?: { key?: string }): Promise<Executed>
  execution(id: string): Promise<ExecutionDetail>
  executions(query?: ExecutionsQuery): Promise<ExecutionsPage>
  cancel(id: string): Promise<{ execution_id: string; status: ExecutionDetail['status'] }>
  /** One that waits in a queue that is held (`held_by`) goes on. */
  continue(id: string): Promise<object>
  /** Every event in order, and deltas (without `seq`) between them, to its end; across lost connections and restarts of the relay. */
  follow(id: string, options?: FollowOptions): AsyncGenerator<FromRelay>
}

/** `url`: of the relay, as in `http://127.0.0.1:8765`. `token`: from `ensemble token`, or an API token. Calls reject with `CallRefused`. */
export function createClient({ url, token, fetch = globalThis.fetch }: { url: string; token: string; fetch?: typeof globalThis.fetch }): Client {
  const base = url.replace(/\/+$/, '')
  const ask = (to: string, init: RequestInit) => fetch(to, init)
  const { call } = createRestCall({ fetch: ask, base, clock: systemClock })

  async function given<S extends z.core.$ZodType>(path: string, answer: S, options: CallOptions = {}): Promise<z.infer<S>> {
    const outcome: Outcome<z.infer<S>> = await call(path, answer, { ...options, bearer: token })
    if (!outcome.ok) throw new CallRefused(outcome.trouble)
    return outcome.data
  }
  const of = (id: string) => `claude/executions/${encodeURIComponent(id)}`

  return {
    execute: (body, { key } = {}) => given('claude/execute', rest.executed, { method: 'POST', body, idempotencyKey: key }),
    execution: (id) => given(of(id), rest.execution),
    executions: (query = {}) => given('claude/executions', rest.executionsPage, { query }),
    cancel: (id) => given(`${of(id)}/cancel`, rest.cancelled, { method: 'POST' }),
    continue: (id) => given(`${of(id)}/continue`, rest.ok, { method: 'POST' }),
    follow: createFollowExecution({ fetch: ask, base, bearer: token, clock: systemClock, random: Math.random }, (trouble) => new CallRefused(trouble)),
  }
}
