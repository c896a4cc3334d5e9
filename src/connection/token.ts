// The access token: in memory only, renewed by the HttpOnly cookie and the page key together, one renewal at a time over all tabs.
import { rest, type Renewed, type SignedIn, type UserCard } from '#protocol'
import type { Clock, Timer } from '../clock.ts'
import { createListeners } from './listeners.ts'
import { done, type Outcome } from './outcome.ts'
import { delayBeforeTry } from './reconnect.ts'
import type { RestCall } from './rest-call.ts'
import type { Locks } from './tabs.ts'

/** `refused`: only signing in helps. `unreachable`: nobody there, try later. */
type Renewal = 'renewed' | 'refused' | 'unreachable'

/** `user_id`: who is here; a code of anybody else is refused then. */
export type SignInBody = { username: string; password: string } | { code: string; user_id?: string | undefined }

export type TokenState = 'unknown' | 'signed-in' | 'signed-out'

export type Token = {
  state(): TokenState
  user(): UserCard | null
  /** The token as it is, or null: for the header of a request. */
  current(): string | null
  /** A token that is good for a while yet, renewed if need be. */
  fresh(): Promise<{ token: string } | Exclude<Renewal, 'renewed'>>
  /** Renews, whatever the present one is good for. Calls during a renewal share it. */
  renew(): Promise<Renewal>
  /** The same, unless the refused token was replaced meanwhile: many refusals at once make one renewal. */
  replace(used: string): Promise<Renewal>
  signIn(body: SignInBody): Promise<Outcome<SignedIn>>
  /** Signed out here at once; the outcome says whether the relay knows. */
  signOut(): Promise<Outcome<object>>
  /** The relay says what its user is called and may do by now. */
  know(user: UserCard): void
  /** Signed out here only: the relay takes neither the token nor its successor. */
  forget(): void
  onChange(listener: (state: TokenState) => void): () => void
  stop(): void
}

export type TokenDependencies = {
  call: RestCall
  clock: Clock
  random: () => number
  locks: Locks
  pageKey: PageKey
}

/** Where the half of the secret that no cookie carries is kept for the next page. Without one nobody is asked in vain. */
export type PageKey = { get(): string | null; set(key: string | null): void }

const AHEAD_MS = 60_000
const SHORTEST_MS = 30_000
const LONGEST_MS = 15 * 60_000

/** How long a token lives: from its own times, because the two machines' clocks may differ. */
export function lifetimeMs(token: string, expiresAt: number, now: number): number {
  const [, payload] = token.split('.')
  try {
    const claims = JSON.parse(atob((payload ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { exp?: unknown; iat?: unknown }
    if (typeof claims.exp === 'number' && typeof claims.iat === 'number') return bounded((claims.exp - claims.iat) * 1000)
  } catch {
    // An opaque token: its stated end has to do.
  }
  return bounded(expiresAt - now)
}

const bounded = (ms: number) => Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms))

export function createToken({ call, clock, random, locks, pageKey }: TokenDependencies): Token {
  const listeners = createListeners<[TokenState]>()
  let state: TokenState = 'unknown'
  let held: { token: string; goodUntil: number } | null = null
  let user: UserCard | null = null
  let renewing: Promise<Renewal> | null = null
  let timer: Timer | null = null
  let misses = 0
  let stopped = false
  /** Raised by signing in and out: a renewal that began before has nothing to say any more. */
  let generation = 0

  function tell(next: TokenState): void {
    state = next
    listeners.tell(next)
  }

  function take(signedIn: Renewed): void {
    const lifetime = lifetimeMs(signedIn.access_token, signedIn.expires_at, clock.now())
    const ahead = Math.min(AHEAD_MS, lifetime / 2)
    held = { token: signedIn.access_token, goodUntil: clock.elapsed() + lifetime - ahead }
    user = signedIn.user
    misses = 0
    renewIn(lifetime - ahead)
    tell('signed-in')
  }

  function drop(): void {
    timer?.cancel()
    held = null
    tell('signed-out')
  }

  function renewIn(ms: number): void {
    timer?.cancel()
    if (stopped) return
    timer = clock.setTimer(() => void renew(), ms)
  }

  function renew(): Promise<Renewal> {
    renewing ??= locks.request('ensemble-token', renewNow).finally(() => (renewing = null))
    return renewing
  }

  /** A key that is of no more use, unless another tab has signed in meanwhile. */
  function letGo(key: string | null): void {
    if (pageKey.get() === key) pageKey.set(null)
  }

  /** Null without a page key: then only signing in helps. */
  async function askAnew(): Promise<Outcome<Renewed> | null> {
    const key = pageKey.get()
    if (key === null) return null
    const answer = await call('auth/refresh', rest.renewed, { method: 'POST', bearer: key })
    if (!answer.ok && answer.trouble.code === 'UNAUTHORIZED') letGo(key)
    return answer
  }

  async function renewNow(): Promise<Renewal> {
    const began = generation
    const answer = await askAnew()
    if (answer === null) {
      drop()
      return 'refused'
    }
    if (began !== generation) return held ? 'renewed' : 'refused'
    if (answer.ok && (!held || user?.id === answer.data.user.id)) {
      take(answer.data)
      return 'renewed'
    }
    // Or another tab has signed in as somebody else: what is done on this page must not be done in their name.
    if (answer.ok || answer.trouble.code === 'UNAUTHORIZED' || answer.trouble.code === 'FORBIDDEN') {
      drop()
      return 'refused'
    }
    // Somebody who is signed in is renewed ahead of time: that goes on until it works.
    misses += 1
    if (state === 'signed-in') renewIn(answer.trouble.retryAfterMs ?? delayBeforeTry(misses + 1, random))
    return 'unreachable'
  }

  /** The relay ends a sign-in for whoever shows a token of it. An old one is exchanged first: the cookie must not outlive this. */
  async function tellEnd(bearer: string | null): Promise<Outcome<object>> {
    if (bearer !== null) {
      const ended = await call('auth/logout', rest.ok, { method: 'POST', bearer })
      if (ended.ok || ended.trouble.code !== 'UNAUTHORIZED') return ended
    }
    const renewed = await locks.request('ensemble-token', askAnew)
    if (renewed === null) return done({})
    if (renewed.ok) return await call('auth/logout', rest.ok, { method: 'POST', bearer: renewed.data.access_token })
    return renewed.trouble.code === 'UNAUTHORIZED' ? done({}) : renewed
  }

  return {
    state: () => state,
    user: () => user,
    current: () => held?.token ?? null,
    async fresh() {
      if (renewing === null && held && clock.elapsed() < held.goodUntil) return { token: held.token }
      // Signed out means out, even if a cookie that could not be taken back is still there.
      if (state === 'signed-out') return 'refused'
      const renewal = await renew()
      if (renewal === 'renewed' && held) return { token: held.token }
      return renewal === 'unreachable' ? 'unreachable' : 'refused'
    },
    renew,
    async replace(used) {
      return held && held.token !== used ? 'renewed' : await renew()
    },
    async signIn(body) {
      const answer = await call('auth/login', rest.signedIn, { method: 'POST', body })
      if (!answer.ok) return answer
      generation += 1
      pageKey.set(answer.data.page_key)
      take(answer.data)
      return answer
    },
    async signOut() {
      const bearer = held?.token ?? null
      const key = pageKey.get()
      generation += 1
      drop()
      const outcome = await tellEnd(bearer)
      if (outcome.ok) letGo(key)
      return outcome
    },
    know(now) {
      if (!held || user?.id !== now.id || (user.role === now.role && user.name === now.name)) return
      user = now
      tell(state)
    },
    forget() {
      generation += 1
      drop()
    },
    onChange: listeners.on,
    stop() {
      stopped = true
      timer?.cancel()
    },
  }
}

/** The single-use code of a sign-in link (`#code=…`), taken out of the address before anyone could copy it on. */
export function takeCode(page: { location: Pick<Location, 'hash' | 'pathname' | 'search'>; history: Pick<History, 'replaceState' | 'state'> }): string | null {
  const fields = new URLSearchParams(page.location.hash.slice(1))
  const code = fields.get('code')
  if (!code) return null
  fields.delete('code')
  const rest = fields.toString()
  page.history.replaceState(page.history.state, '', page.location.pathname + page.location.search + (rest ? `#${rest}` : ''))
  return code
}
