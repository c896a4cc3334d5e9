// A relay whose people sign in as browsers do, and REST calls as they make them.
import type { GlobalRole, Scope } from '#protocol'
import { startRelay, type RelayOptions } from '../../support/start-relay.ts'

export type AccountsRig = Awaited<ReturnType<typeof accountsRig>>
export type Answered = { status: number; body: Record<string, any>; text: string; headers: Headers }

export async function accountsRig(options: RelayOptions = {}) {
  const relay = await startRelay({ ...options, settings: { MESSAGES_PER_SECOND: '100000', SIGN_INS_PER_MINUTE: '1000', ...options.settings } })
  const { accounts, signIn } = relay.relay.auth

  async function ask(token: string | null, method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await fetch(`${relay.url}/api/v1/${path}`, {
      method,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      body: body && JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {}, text, headers: response.headers }
  }

  return {
    ...relay,
    ask,
    /** Signs in as a browser; a user who is not there is added. */
    async browser(name: string, role: GlobalRole = 'user', password: string | null = null) {
      const user = (await accounts.find(name)) ?? (await accounts.add({ name, role, password }))
      const { body } = await ask(null, 'POST', 'auth/login', { code: await signIn.createCode(user.id, { loopbackOnly: false }) })
      return { id: user.id, token: body['access_token'] as string }
    },
    async apiToken(token: string, scopes: readonly Scope[], days = 30): Promise<{ id: string; token: string }> {
      const { body } = await ask(token, 'POST', 'tokens', { name: scopes.join(' '), scopes, expires_in_days: days })
      return body as { id: string; token: string }
    },
  }
}
