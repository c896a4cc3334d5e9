// The token of a share link: exchanged ahead of its end, once for many, and over for good when the relay says so.
import { beforeEach, expect, test } from 'bun:test'
import type { RestCall } from '../../../src/connection/rest-call.ts'
import { createLinkToken } from '../../../src/connection/link-token.ts'
import { failed, trouble, type TroubleCode } from '../../../src/connection/outcome.ts'
import { createFakeClock } from './fake-clock.ts'

type Asked = { path: string; body: unknown }

let clock: ReturnType<typeof createFakeClock>
let asked: Asked[]
let refusal: TroubleCode | null
beforeEach(() => {
  clock = createFakeClock()
  asked = []
  refusal = null
})

/** Gives a token of five minutes each time, or refuses. */
function linkToken() {
  const call: RestCall = async (path, _, options) => {
    asked.push({ path, body: options?.body })
    if (refusal) return failed(trouble(refusal, 'no'))
    return { ok: true, data: { access_token: `t${asked.length}`, expires_at: clock.now() + 300_000, session_id: 's1', link_expires_at: 9 } as never }
  }
  return createLinkToken({ call, clock, random: () => 0.5, address: { link: 'l1', secret: 'shh' } })
}

test('many who ask at once make one exchange, with what stood in the address', async () => {
  const token = linkToken()
  const all = await Promise.all([token.fresh(), token.fresh(), token.fresh()])
  expect(all).toEqual([{ token: 't1' }, { token: 't1' }, { token: 't1' }])
  expect(asked).toEqual([{ path: 'auth/link', body: { link: 'l1', secret: 'shh' } }])
  expect([token.state(), token.current(), token.entered()?.session_id, token.user()]).toEqual(['signed-in', 't1', 's1', null])
})

test('it is renewed ahead of its end by itself', async () => {
  const token = linkToken()
  await token.fresh()
  await clock.advance(239_000)
  expect(asked).toHaveLength(1)
  await clock.advance(2_000)
  expect(token.current()).toBe('t2')
})

test('a link that has ended is over for good: nobody is asked again', async () => {
  const token = linkToken()
  const states: string[] = []
  token.onChange((state) => states.push(state))
  await token.fresh()
  refusal = 'UNAUTHORIZED'
  expect(await token.replace('t1')).toBe('refused')
  expect([states, token.current(), token.entered()]).toEqual([['signed-in', 'signed-out'], null, null])
  const before = asked.length
  expect(await token.fresh()).toBe('refused')
  await clock.advance(3_600_000)
  expect(asked).toHaveLength(before)
})

test('what is no secret at all opens nothing, like a wrong one', async () => {
  refusal = 'VALIDATION'
  expect(await linkToken().fresh()).toBe('refused')
})

test('a relay that does not answer, or is asked too often, is asked again; the link is not over', async () => {
  refusal = 'RATE_LIMITED'
  const token = linkToken()
  expect(await token.fresh()).toBe('unreachable')
  expect(token.state()).toBe('unknown')
  refusal = null
  await clock.advance(60_000)
  expect(token.current()).toBe('t2')
})

test('a token that was refused, but replaced meanwhile, is not replaced again', async () => {
  const token = linkToken()
  await token.fresh()
  expect(await token.replace('t0')).toBe('renewed')
  expect(asked).toHaveLength(1)
  expect((await token.signIn({ code: 'c' })).ok).toBeFalse()
})
