// The access token: renewed once for many, never by a word that came too late.
import { afterEach, expect, test } from 'bun:test'
import { createRest } from '../../../src/connection/rest.ts'
import { createRestCall } from '../../../src/connection/rest-call.ts'
import { createLocalLocks, type Locks } from '../../../src/connection/tabs.ts'
import { createToken, lifetimeMs, takeCode, type PageKey } from '../../../src/connection/token.ts'
import { systemClock } from '../../../src/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { createFakeClock, settle } from './fake-clock.ts'

const user = { id: 'u1', name: 'minji', role: 'user' as const }

/** A relay's sign-in: each renewal makes a new token, and only the newest is taken. */
function createSignInServer() {
  let issued = 0
  let cookie: 'good' | 'revoked' = 'good'
  let held: (() => void)[] | null = null
  const calls: string[] = []
  const bearers: (string | null)[] = []
  const refusal = (status: number, code: string) => Response.json({ code, message: code, trace_id: 't', timestamp: 1 }, { status })
  const issue = () => Response.json({ access_token: `token-${++issued}`, expires_at: Date.now() + 900_000, user, page_key: 'half' })
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname.replace('/api/v1/', '')
      calls.push(path)
      if (path === 'auth/refresh') {
        bearers.push(request.headers.get('authorization'))
        if (held) await new Promise<void>((resolve) => held!.push(resolve))
        return cookie === 'good' ? issue() : refusal(401, 'UNAUTHORIZED')
      }
      if (path === 'auth/login') {
        const body = (await request.json()) as { password?: string; code?: string }
        return body.password === 'right' || body.code === 'c0de' ? issue() : refusal(401, 'UNAUTHORIZED')
      }
      if (path === 'auth/logout') return Response.json({})
      if (request.headers.get('authorization') !== `Bearer token-${issued}`) return refusal(401, 'UNAUTHORIZED')
      return Response.json({ people: [user] })
    },
  })
  return {
    calls,
    bearers,
    count: (path: string) => calls.filter((each) => each === path).length,
    /** The present token is no longer taken. */
    spoil: () => void issued++,
    revoke: () => void (cookie = 'revoked'),
    holdRenewals: () => void (held = []),
    release() {
      const waiting = held ?? []
      held = null
      for (const go of waiting) go()
    },
    base: `http://127.0.0.1:${server.port}`,
    stop: () => server.stop(true),
  }
}

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

/** What an earlier page has left. */
function keptKey(key: string | null = 'half'): PageKey {
  return { get: () => key, set: (next) => void (key = next) }
}

function setUp(locks: Locks = createLocalLocks(), relay = createSignInServer(), pageKey = keptKey()) {
  const { call, callBlob } = createRestCall({ fetch: (url, init) => fetch(url, init), base: relay.base, clock: systemClock })
  const token = createToken({ call, clock: systemClock, random: () => 0.5, locks, pageKey })
  let ids = 0
  const rest = createRest({ call, callBlob, token, newId: () => `k${++ids}` })
  stops.push(() => (token.stop(), relay.stop()))
  return { relay, token, rest }
}

test('the cookie and the kept half give the first token', async () => {
  const { relay, token } = setUp()
  expect(await token.fresh()).toEqual({ token: 'token-1' })
  expect(relay.bearers).toEqual(['Bearer half'])
  expect([token.state(), token.user()]).toEqual(['signed-in', user])
})

test('C8 where there is no page key nobody is asked, until somebody signs in', async () => {
  const key = keptKey(null)
  const { relay, token } = setUp(undefined, undefined, key)
  expect([await token.fresh(), token.state(), relay.calls]).toEqual(['refused', 'signed-out', []])
  await token.signIn({ username: 'minji', password: 'right' })
  expect([await token.renew(), relay.calls, key.get()]).toEqual(['renewed', ['auth/login', 'auth/refresh'], 'half'])
})

test('a key that opens nothing more is let go of: signed out, or refused', async () => {
  const key = keptKey()
  const { relay, token } = setUp(undefined, undefined, key)
  await token.fresh()
  await token.signOut()
  expect(key.get()).toBeNull()
  await token.signIn({ code: 'c0de' })
  relay.revoke()
  expect([await token.renew(), key.get()]).toEqual(['refused', null])
})

test('the key of another tab that signs in while an old one is refused stays', async () => {
  const key = keptKey('old')
  const { relay, token } = setUp(undefined, undefined, key)
  relay.revoke()
  relay.holdRenewals()
  const renewal = token.renew()
  await eventually('it renews', () => relay.count('auth/refresh') === 1)
  key.set('half')
  relay.release()
  expect([await renewal, key.get()]).toEqual(['refused', 'half'])
})

test('ten requests refused at once make one renewal, and all of them succeed', async () => {
  const { relay, token, rest } = setUp()
  await token.fresh()
  relay.spoil()
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => rest.people('m')))
  expect(outcomes.every((each) => each.ok)).toBe(true)
  expect(relay.count('auth/refresh')).toBe(2)
})

test('a refusal that arrives after the renewal uses the new token', async () => {
  const { relay, token } = setUp()
  await token.fresh()
  const before = token.current()!
  expect(await token.replace(before)).toBe('renewed')
  expect(await token.replace(before)).toBe('renewed')
  expect(relay.count('auth/refresh')).toBe(2)
})

test('two tabs renew one after the other', async () => {
  const locks = createLocalLocks()
  const one = setUp(locks)
  const other = setUp(locks, one.relay)
  one.relay.holdRenewals()
  const both = [one.token.renew(), other.token.renew()]
  await eventually('one renews', () => one.relay.count('auth/refresh') > 0)
  expect(one.relay.count('auth/refresh')).toBe(1)
  one.relay.release()
  expect(await Promise.all(both)).toEqual(['renewed', 'renewed'])
})

test('a refused renewal signs out, once, and requests say so without asking again', async () => {
  const { relay, token, rest } = setUp()
  await token.fresh()
  const states: string[] = []
  token.onChange((state) => states.push(state))
  relay.spoil()
  relay.revoke()
  const outcomes = await Promise.all([rest.people('a'), rest.people('b'), rest.people('c')])
  expect(outcomes.map((each) => (each.ok ? 'ok' : each.trouble.code))).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED'])
  expect(token.state()).toBe('signed-out')
  expect(states).toEqual(['signed-out'])
  expect(relay.count('auth/refresh')).toBe(2)
})

test('nobody there is no reason to sign out', async () => {
  const { relay, token } = setUp()
  await token.fresh()
  relay.stop()
  expect(await token.renew()).toBe('unreachable')
  expect([token.state(), token.current()]).toEqual(['signed-in', 'token-1'])
})

test('a renewal that began before signing out does not sign in again', async () => {
  const { relay, token } = setUp()
  await token.fresh()
  relay.holdRenewals()
  const renewal = token.renew()
  await eventually('it renews', () => relay.count('auth/refresh') === 2)
  const out = token.signOut()
  relay.release()
  expect(await renewal).toBe('refused')
  expect((await out).ok).toBe(true)
  expect([token.state(), token.current()]).toEqual(['signed-out', null])
})

test('a wrong password is told and changes nothing; a code signs in', async () => {
  const { token } = setUp()
  expect(await token.signIn({ username: 'minji', password: 'wrong' })).toMatchObject({ ok: false, trouble: { code: 'UNAUTHORIZED' } })
  expect(token.state()).toBe('unknown')
  expect((await token.signIn({ code: 'c0de' })).ok).toBe(true)
  expect(token.state()).toBe('signed-in')
})

const jwt = (claims: object) => `h.${btoa(JSON.stringify(claims)).replace(/=/g, '')}.s`

test('the lifetime is the token’s own, whatever this machine’s clock says', () => {
  const hourAhead = 1_750_000_000_000 + 3_600_000
  expect(lifetimeMs(jwt({ iat: 1_750_000_000, exp: 1_750_000_600 }), 1_750_000_600_000, hourAhead)).toBe(600_000)
  expect(lifetimeMs('opaque', hourAhead + 120_000, hourAhead)).toBe(120_000)
  expect(lifetimeMs('opaque', hourAhead - 1, hourAhead)).toBe(30_000)
  expect(lifetimeMs(jwt({ iat: 0, exp: 1e12 }), 0, 0)).toBe(900_000)
})

test('it is renewed a minute ahead, and again and again while nobody answers', async () => {
  const clock = createFakeClock()
  const answers: (() => { ok: true; data: unknown } | { ok: false; trouble: { code: 'UNREACHABLE'; message: string; retryAfterMs: null; traceId: null } })[] = []
  const at: number[] = []
  const good = () => ({ ok: true as const, data: { access_token: jwt({ iat: 0, exp: 600 }), expires_at: 0, user } })
  const nobody = () => ({ ok: false as const, trouble: { code: 'UNREACHABLE' as const, message: '', retryAfterMs: null, traceId: null } })
  const token = createToken({
    call: (async () => {
      at.push(clock.elapsed())
      return (answers.shift() ?? good)()
    }) as never,
    clock,
    random: () => 0,
    locks: createLocalLocks(),
    pageKey: keptKey(),
  })
  answers.push(good, nobody, nobody, good)
  await token.fresh()
  await settle()
  await clock.advance(600_000)
  expect(at).toEqual([0, 540_000, 540_500, 541_000])
  expect(token.state()).toBe('signed-in')
})

test('the code of a sign-in link leaves the address at once', () => {
  const replaced: string[] = []
  const page = (hash: string) => ({
    location: { hash, pathname: '/s/1', search: '?x=1' },
    history: { state: null, replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void replaced.push(String(url)) },
  })
  expect(takeCode(page('#code=abc-123'))).toBe('abc-123')
  expect(takeCode(page('#code=a%2Bb&line=4'))).toBe('a+b')
  expect(takeCode(page('#line=4'))).toBeNull()
  expect(takeCode(page(''))).toBeNull()
  expect(replaced).toEqual(['/s/1?x=1', '/s/1?x=1#line=4'])
})
