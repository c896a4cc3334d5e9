// A whole relay with the real CLI on a scripted API, and REST as a script speaks it.
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { eventually } from '../../support/eventually.ts'
import { startRelay, type RelayOptions } from '../../support/start-relay.ts'

type Answer = { status: number; body: Record<string, any> }
type Script = {
  token: string
  call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  execute(body: object, key?: string): Promise<Answer>
  /** Asks until it has ended. */
  ended(executionId: string): Promise<Record<string, any>>
}

/** REST of a relay at this address, with this token. */
function scriptOf(url: string, token: string): Script {
  async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const content: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const response = await fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}`, ...content, ...headers }, body: body && JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, any> }
  }
  return {
    token,
    call,
    execute: (body, key) => call('POST', 'claude/execute', body, key ? { 'idempotency-key': key } : {}),
    async ended(executionId) {
      let execution: Record<string, any> = {}
      await eventually(`the end of ${executionId}`, async () => {
        execution = (await call('GET', `claude/executions/${executionId}`)).body
        return Boolean(execution.ended_at)
      }, 30_000)
      return execution
    },
  }
}

export async function startExecuteRig(settings: RelayOptions['settings'] = {}) {
  const api = createScriptedMessagesApi()
  const relay = await startRelay({ apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off', ...settings } })
  return {
    api,
    relay,
    script: async (name: string, role: 'admin' | 'user' | 'viewer' = 'user') => scriptOf(relay.url, await relay.token(name, role)),
    async stop() {
      await relay.stop()
      await api.stop()
    },
  }
}
