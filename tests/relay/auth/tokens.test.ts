// Only a token of ours, whole, in time and still known to the database lets anybody in.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { SignJWT, type JWTPayload } from 'jose'
import { authRig, here, outcomeOf, secret, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
let token: string
let claims: JWTPayload

const base64url = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token signed with the right secret, so that only what the test changes can be what is refused. */
const signed = (payload: object, header: object = { alg: 'HS256', typ: 'JWT' }, key: Uint8Array = secret): string => {
  const body = `${base64url(header)}.${base64url(payload)}`
  return `${body}.${new Bun.CryptoHasher('sha256', key).update(body).digest('base64url')}`
}
/** One whose signature has a character that the two alphabets spell differently. */
function spelledInBase64(): string {
  for (let i = 0; ; i++) {
    const [head, body, signature] = signed({ ...claims, jti: `${i}` }).split('.')
    if (/[-_]/.test(signature!)) return `${head}.${body}.${signature!.replaceAll('-', '+').replaceAll('_', '/')}`
  }
}
const outcome = (text: string) => outcomeOf(rig.auth.identify(text, here))

beforeAll(async () => {
  rig = await authRig()
  token = (await rig.person('mira')).token
  claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as JWTPayload
})
afterAll(() => rig.remove())

test('what the relay has made comes in, also when signed again with the same secret', async () => {
  expect(await outcome(token)).toBe('allowed')
  expect(await outcome(signed(claims))).toBe('allowed')
})

test('an access token lives fifteen minutes and not a second longer', async () => {
  expect(claims.exp! - claims.iat!).toBe(900)
  const own = await authRig()
  const person = await own.person('noor')
  own.clock.advance(899_000)
  expect(await outcomeOf(own.auth.identify(person.token, here))).toBe('allowed')
  own.clock.advance(1_000)
  expect(await outcomeOf(own.auth.identify(person.token, here))).toBe('UNAUTHORIZED')
  await own.remove()
})

test('a token that was accepted a moment ago is judged anew: revoked, expired, not valid yet', async () => {
  const own = await authRig()
  const once = await own.person('kim')
  const again = () => outcomeOf(own.auth.identify(once.token, here))
  expect([await again(), await again()]).toEqual(['allowed', 'allowed'])
  const { now } = own.clock
  own.clock.now = () => now() - 3_600_000
  expect(await again()).toBe('UNAUTHORIZED')
  own.clock.now = () => now() + 900_000
  expect(await again()).toBe('UNAUTHORIZED')
  own.clock.now = now
  expect(await again()).toBe('allowed')
  await own.auth.signIn.logout(once.who)
  expect(await again()).toBe('UNAUTHORIZED')
  await own.remove()
})

test('more people than are remembered come in all the same', async () => {
  const outcomes = await Promise.all(Array.from({ length: 2_100 }, (_, index) => outcome(signed({ ...claims, jti: `many ${index}` }))))
  expect(new Set(outcomes)).toEqual(new Set(['allowed']))
  expect(await outcome(signed({ ...claims, jti: 'many 0' }))).toBe('allowed')
})

describe('refused with UNAUTHORIZED, never an exception', () => {
  const now = () => Math.floor(rig.clock.now() / 1000)
  const hourAgo = () => now() - 3600
  const changed: [string, () => object][] = [
    ['no exp', () => ({ ...claims, exp: undefined })],
    ['exp as text', () => ({ ...claims, exp: String(now() + 600) })],
    ['exp in 100 years', () => ({ ...claims, exp: now() + 100 * 365 * 86_400 })],
    ['exp as a fraction', () => ({ ...claims, exp: now() + 600.5 })],
    ['exp before iat', () => ({ ...claims, iat: now() + 30, exp: now() + 20 })],
    ['no iat', () => ({ ...claims, iat: undefined })],
    ['iat in the future', () => ({ ...claims, iat: now() + 3600, exp: now() + 4000 })],
    ['expired', () => ({ ...claims, iat: hourAgo(), exp: hourAgo() + 600 })],
    ['an old iat that stretches the life', () => ({ ...claims, iat: hourAgo() })],
    ['wrong iss', () => ({ ...claims, iss: 'somebody' })],
    ['no iss', () => ({ ...claims, iss: undefined })],
    ['wrong aud', () => ({ ...claims, aud: 'somebody' })],
    ['aud as a list', () => ({ ...claims, aud: ['ensemble', 'somebody'] })],
    ['sub as an object', () => ({ ...claims, sub: { id: claims.sub } })],
    ['sub as a number', () => ({ ...claims, sub: 1 })],
    ['no sub', () => ({ ...claims, sub: undefined })],
    ['sub of somebody else', () => ({ ...claims, sub: 'u-somebody' })],
    ['no sid', () => ({ ...claims, sid: undefined })],
    ['a sid nobody knows', () => ({ ...claims, sid: 'nobody' })],
    ['another typ', () => ({ ...claims, typ: 'refresh' })],
    ['typ cli on a browser’s sign-in', () => ({ ...claims, typ: 'cli' })],
    ['an unknown role', () => ({ ...claims, role: 'root' })],
    ['no jti', () => ({ ...claims, jti: undefined })],
    ['nbf in the future', () => ({ ...claims, nbf: now() + 600 })],
  ]
  test.each(changed)('%s', async (_, payload) => expect(await outcome(signed(payload()))).toBe('UNAUTHORIZED'))

  const headers: [string, object][] = [
    ['alg none', { alg: 'none', typ: 'JWT' }],
    ['alg None', { alg: 'None', typ: 'JWT' }],
    ['alg HS512', { alg: 'HS512', typ: 'JWT' }],
    ['alg RS256', { alg: 'RS256', typ: 'JWT' }],
    ['no alg', { typ: 'JWT' }],
    ['kid with a path', { alg: 'HS256', typ: 'JWT', kid: '../../etc/passwd' }],
    ['a key of its own', { alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: base64url('x') } }],
    ['crit', { alg: 'HS256', typ: 'JWT', crit: ['b64'], b64: false }],
  ]
  test.each(headers)('%s', async (_, header) => {
    expect(await outcome(signed(claims, header))).toBe('UNAUTHORIZED')
    expect(await outcome(`${base64url(header)}.${base64url(claims)}.`)).toBe('UNAUTHORIZED')
  })

  test('signed with another algorithm of a real key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(await outcome(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(privateKey))).toBe('UNAUTHORIZED')
    expect(await outcome(await new SignJWT(claims).setProtectedHeader({ alg: 'HS512', typ: 'JWT' }).sign(secret))).toBe('UNAUTHORIZED')
  })

  test('signed with another secret', async () => {
    expect(await outcome(signed(claims, { alg: 'HS256', typ: 'JWT' }, Buffer.from('x'.repeat(32))))).toBe('UNAUTHORIZED')
  })

  test('any other last character, also one that spells the same bytes', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const others = [...alphabet].filter((character) => character !== token.at(-1))
    const outcomes = await Promise.all(others.map((character) => outcome(token.slice(0, -1) + character)))
    expect(new Set(outcomes)).toEqual(new Set(['UNAUTHORIZED']))
  })

  const texts: [string, () => string][] = [
    ['empty', () => ''],
    ['dots', () => '..'],
    ['two parts', () => token.split('.').slice(0, 2).join('.')],
    ['four parts', () => `${token}.x`],
    ['padding', () => `${token}=`],
    ['a space', () => `${token} `],
    ['a newline inside', () => token.replace('.', '.\n')],
    ['base64 instead of base64url', () => spelledInBase64()],
    ['a list as payload', () => signed([claims])],
    ['null as payload', () => `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url('null')}.AAAA`],
    ['garbage', () => 'ÿ'.repeat(100)],
    ['one megabyte', () => signed({ ...claims, more: 'x'.repeat(1024 * 1024) })],
  ]
  test.each(texts)('%s', async (_, text) => expect(await outcome(text())).toBe('UNAUTHORIZED'))
})

test('a token of the console acts as its user, at most 24 hours, and can only be weaker', async () => {
  const ada = await rig.auth.accounts.add({ name: 'ada', role: 'user' })
  const strong = await rig.auth.identify(await rig.auth.accounts.createToken(ada.id, { ttlMs: 99 * 3_600_000, role: 'admin' }), here)
  expect([strong.kind, strong.role]).toEqual(['cli', 'user'])
  expect(strong.expiresAt - rig.clock.now()).toBeLessThanOrEqual(24 * 3_600_000)
  const weak = await rig.auth.identify(await rig.auth.accounts.createToken(ada.id, { ttlMs: 60_000, role: 'viewer' }), here)
  expect(weak.role).toBe('viewer')
  expect(await outcomeOf(rig.auth.mayRelay(strong, 'manage_users'))).toBe('FORBIDDEN')
})
