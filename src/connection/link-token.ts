// The token of a reader by share link: its secret is exchanged for a short one again and again, until the link ends. Nobody is signed in.
import { rest, type Entered } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import { createListeners } from './listeners.ts'
import { done, failed, trouble } from './outcome.ts'
import { delayBeforeTry } from './reconnect.ts'
import type { RestCall } from './rest-call.ts'
import { lifetimeMs, type Token, type TokenState } from './token.ts'

export type LinkAddress = { link: string; secret: string }
export type LinkToken = Token & { entered(): Entered | null }

const AHEAD_MS = 60_000

export function createLinkToken({ call, clock, random, address }: { call: RestCall; clock: Clock; random: () => number; address: LinkAddress }): LinkToken {
  const listeners = createListeners<[TokenState]>()
  let state: TokenState = 'unknown'
  let entered: Entered | null = null
  let goodUntil = 0
  let renewing: ReturnType<Token['renew']> | null = null
  let timer: Timer | null = null
  let misses = 0

  function tell(next: TokenState): void {
    state = next
    listeners.tell(next)
  }

  function over(): 'refused' {
    timer?.cancel()
    entered = null
    tell('signed-out')
    return 'refused'
  }

  function renewIn(ms: number): void {
    timer?.cancel()
    timer = clock.setTimer(() => void renew(), ms)
  }

  async function exchange(): ReturnType<Token['renew']> {
    const answer = await call('auth/link', rest.entered, { method: 'POST', body: address })
    // What does not even look like a secret opens nothing either.
    if (!answer.ok && ['UNAUTHORIZED', 'VALIDATION', 'TOO_LARGE'].includes(answer.trouble.code)) return over()
    if (!answer.ok) {
      misses += 1
      renewIn(answer.trouble.retryAfterMs ?? delayBeforeTry(misses + 1, random))
      return 'unreachable'
    }
    const lifetime = lifetimeMs(answer.data.access_token, answer.data.expires_at, clock.now())
    const ahead = Math.min(AHEAD_MS, lifetime / 2)
    entered = answer.data
    goodUntil = clock.elapsed() + lifetime - ahead
    misses = 0
    renewIn(lifetime - ahead)
    tell('signed-in')
    return 'renewed'
  }

  function renew(): ReturnType<Token['renew']> {
    renewing ??= exchange().finally(() => (renewing = null))
    return renewing
  }

  return {
    state: () => state,
    user: () => null,
    current: () => entered?.access_token ?? null,
    entered: () => entered,
    async fresh() {
      if (renewing === null && entered && clock.elapsed() < goodUntil) return { token: entered.access_token }
      if (state === 'signed-out') return 'refused'
      const renewal = await renew()
      if (renewal === 'renewed' && entered) return { token: entered.access_token }
      return renewal === 'unreachable' ? 'unreachable' : 'refused'
    },
    renew,
    replace: async (used) => (entered && entered.access_token !== used ? 'renewed' : renew()),
    signIn: async () => failed(trouble('FORBIDDEN', 'a link signs nobody in')),
    signOut: async () => done({}),
    know: () => undefined,
    forget: () => void over(),
    onChange: listeners.on,
    stop: () => timer?.cancel(),
  }
}
