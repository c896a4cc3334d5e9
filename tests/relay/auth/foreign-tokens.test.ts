// Tokens of an identity provider: by its published keys only, with a row of their own that can be taken away.
import { afterAll, beforeAll, describe, expect, setSystemTime, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import type { Refused } from '#protocol'
import { createProviderKeys } from '../../../relay/auth/provider-keys.ts'
import { shownName } from '../../../relay/auth/user-names.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { eventually } from '../../support/eventually.ts'
import { authRig, elsewhere, here, outcomeOf, secret, type AuthRig } from './auth-rig.ts'

let rig: AuthRig
let key: CryptoKey
let stranger: CryptoKey
let pem: string
let broken = false
/** It takes requests and never answers one. */
let silent = false
let asked = 0
const provider = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  development: false,
  fetch() {
    asked += 1
    if (silent) return new Promise<Response>(() => undefined)
    return broken ? new Response('no', { status: 500 }) : Response.json({ keys: published })
  },
})
/** What the provider shows of its keys. */
let published: object[]

beforeAll(async () => {
  const [own, other] = await Promise.all([generateKeyPair('ES256', { extractable: true }), generateKeyPair('ES256')])
  key = own.privateKey
  stranger = other.privateKey
  published = [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }]
  pem = await exportSPKI(own.publicKey)
  rig = await authRig({ jwksUrl: `http://127.0.0.1:${provider.port}/keys` })
})
afterAll(async () => {
  await rig.remove()
  await provider.stop(true)
})

const now = () => Math.floor(rig.clock.now() / 1000)
const token = (more: JWTPayload = {}, { signer = key, header = {} }: { signer?: CryptoKey | Uint8Array; header?: object } = {}) =>
  new SignJWT({ iss: 'ensemble', aud: 'ensemble', sub: 'alice@id', iat: now(), exp: now() + 3600, jti: crypto.randomUUID(), ...more })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
    .sign(signer)
const identify = async (text: string | Promise<string>) => rig.auth.identify(await text, here)

test('the first token of a person makes a user; the same person stays the same user', async () => {
  const first = await identify(token({ name: 'Alice' }))
  expect(first).toMatchObject({ name: 'Alice', role: 'user', kind: 'foreign', scopes: null, expiresAt: (now() + 3600) * 1000 })
  expect((await identify(token({ name: 'Alice B' }))).userId).toBe(first.userId)
  expect((await identify(token({ sub: 'bob@id', preferred_username: 'bob' }))).userId).not.toBe(first.userId)
})

test('each new token brings the provider’s role to the row; then the row counts', async () => {
  const admin = await token({ sub: 'carol', name: 'carol', role: 'admin' })
  expect((await identify(admin)).role).toBe('admin')
  await rig.auth.accounts.ensureOwner('dev')
  rig.clock.advance(1_000)
  const { userId } = await identify(token({ sub: 'carol', role: 'viewer' }))
  expect((await identify(admin)).role).toBe('viewer')
  await rig.storage.commit({ statements: [{ sql: "UPDATE users SET role = 'user' WHERE id = ?", params: [userId] }] })
  expect((await identify(admin)).role).toBe('user')
  expect((await identify(token({ sub: 'carol' }))).role).toBe('user')
})

describe('C10 a token of the provider begins a sign-in of a page', () => {
  const enter = async (text: string | Promise<string>, from = here, instead: string | null = null) => rig.auth.signIn.byToken(await text, from, instead)
  const hourMs = 3_600_000

  test('which is renewed like any other, and ends with the token', async () => {
    const grant = await enter(token({ sub: 'dora', name: 'dora' }))
    const who = await rig.auth.identify(grant.accessToken, here)
    expect(who).toMatchObject({ name: 'dora', kind: 'foreign', role: 'user' })
    expect(grant.refreshExpiresAt).toBe((now() + 3600) * 1000)
    rig.clock.advance(hourMs - 60_000)
    const last = await rig.auth.signIn.refresh(grant.refreshToken, grant.pageKey, here)
    expect([last.refreshExpiresAt, last.expiresAt]).toEqual([grant.refreshExpiresAt, grant.refreshExpiresAt])
    expect((await rig.auth.identify(last.accessToken, here)).userId).toBe(who.userId)
    rig.clock.advance(61_000)
    expect([await outcomeOf(rig.auth.signIn.refresh(last.refreshToken, grant.pageKey, here)), await outcomeOf(rig.auth.identify(last.accessToken, here))]).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED'])
  })

  test('which is not of the relay’s own: no password, no other device, no API token that would outlive it', async () => {
    const who = await rig.auth.identify((await enter(token({ sub: 'emil', name: 'emil' }))).accessToken, here)
    expect([await outcomeOf(rig.auth.own.addDevice(who)), await outcomeOf(rig.auth.own.setPassword(who, { old: null, new: 'long enough to be one' }))]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  })

  test('and nobody else’s place is taken, an ended token and one of the relay’s own begin nothing', async () => {
    const kept = await token({ sub: 'fay', name: 'fay' })
    expect([await outcomeOf(enter(kept, here, 'u-somebody')), await outcomeOf(enter(kept, here, (await identify(kept)).userId))]).toEqual(['CONFLICT', 'allowed'])
    await rig.storage.commit({ statements: [{ sql: 'UPDATE sign_ins SET revoked_at = 1 WHERE sid = ?', params: [(await identify(kept)).sid] }] })
    const local = await rig.person('local')
    for (const text of [kept, local.token, (await enter(token({ sub: 'gus', name: 'gus' }))).accessToken, 'x']) expect([text, await outcomeOf(enter(text, elsewhere))]).toEqual([text, 'UNAUTHORIZED'])
  })

  test('L1 twenty times at once for a person and then five a minute, whatever tokens they show; others come in meanwhile', async () => {
    const kept = await token({ sub: 'ida', name: 'ida' })
    const outcomes: string[] = []
    for (let n = 0; n < 25; n++) outcomes.push(await outcomeOf(enter(n % 2 === 0 ? kept : token({ sub: 'ida', name: 'ida' }))))
    expect(outcomes).toEqual([...Array<string>(20).fill('allowed'), ...Array<string>(5).fill('RATE_LIMITED')])
    expect(await rig.storage.query("SELECT r.hash FROM refresh_tokens r JOIN sign_ins s ON s.sid = r.sid JOIN users u ON u.id = s.user_id WHERE u.name = 'ida'")).toHaveLength(20)
    expect(await enter(kept).catch((error: Refused) => error.options)).toEqual({ retryAfterMs: 12_000 })
    expect([await outcomeOf(identify(kept)), await outcomeOf(enter(token({ sub: 'jon', name: 'jon' })))]).toEqual(['allowed', 'allowed'])
    rig.clock.advance(12_000)
    expect([await outcomeOf(enter(kept)), await outcomeOf(enter(kept))]).toEqual(['allowed', 'RATE_LIMITED'])
  })

  test('and guesses are slowed down, but keep no right one out', async () => {
    const from = { ...elsewhere, address: '203.0.113.77' }
    const outcomes: string[] = []
    for (let n = 0; n < 6; n++) outcomes.push(await outcomeOf(enter(token({}, { signer: stranger }), from)))
    expect(outcomes).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED', 'RATE_LIMITED'])
    expect(await outcomeOf(enter(token({ sub: 'hal', name: 'hal' }), from))).toBe('allowed')
  })
})

test('A7 what the provider does is in the audit: a new person once, a role as often as it really changes', async () => {
  const first = { sub: 'quin', name: 'quin', role: 'user' }
  const old = await token({ ...first, role: 'viewer' })
  rig.clock.advance(1_000)
  const { userId } = (await Promise.all([identify(token(first)), identify(token(first))]))[0]
  rig.clock.advance(1_000)
  await identify(token({ ...first, role: 'admin' }))
  await identify(token({ ...first, role: 'admin' }))
  await identify(old)
  await identify(token({ sub: 'quin' }))
  const rows = await rig.storage.query<{ action: string; detail: string }>("SELECT action, detail FROM audit WHERE user_id = ? AND action <> 'sign_in' ORDER BY id", [userId])
  expect(rows.map(({ action, detail }) => [action, JSON.parse(detail)])).toEqual([
    ['user_added', { user_id: userId, name: 'quin', role: 'user', by: 'identity_provider' }],
    ['role_set', { user_id: userId, name: 'quin', role: 'admin', before: 'user', by: 'identity_provider' }],
  ])
})

test('an older token brings no role back, and a provider does not take the last admin away', async () => {
  const kept = { sub: 'mona', name: 'mona', role: 'admin' }
  const { userId } = await identify(token(kept))
  const another = await token({ ...kept, iat: now() })
  rig.clock.advance(1_000)
  expect((await identify(token({ ...kept, role: 'viewer' }))).role).toBe('viewer')
  expect((await identify(another)).role).toBe('viewer')
  rig.clock.advance(1_000)
  expect((await identify(token(kept))).role).toBe('admin')

  await rig.storage.commit({ statements: [{ sql: "UPDATE users SET role = 'user' WHERE id <> ?", params: [userId] }] })
  rig.clock.advance(1_000)
  expect((await identify(token({ ...kept, role: 'viewer' }))).role).toBe('admin')
})

test('a revoked token stays so in the other spelling of its signature', async () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const text = await token({ sub: 'olga', name: 'olga', jti: undefined })
  await rig.auth.signIn.logout(await identify(text))
  const [head, body, signature] = text.split('.') as [string, string, string]
  const bytes = Buffer.from(signature, 'base64url')
  const flipped = (order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0')
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(flipped, 'hex')]).toString('base64url')
  expect(other).not.toBe(signature)
  expect(await outcomeOf(identify(`${head}.${body}.${other}`))).toBe('UNAUTHORIZED')
})

test('a name that a local user has makes nobody that user', async () => {
  const local = await rig.auth.accounts.add({ name: 'root', role: 'admin' })
  const foreign = await identify(token({ sub: 'mallory', name: 'ROOT' }))
  expect(foreign.userId).not.toBe(local.id)
  expect(foreign.name).toMatch(/^ROOT [0-9a-f]{6}$/)
  expect(foreign.role).toBe('user')
})

test('whoever takes the names that another person would fall back on keeps nobody out', async () => {
  const long = `Victor ${'𝒱'.repeat(57)}`
  for (const [sub, name] of [['victor', 'Victor'], ['victoria', long]] as const) {
    const id = createHash('sha256').update(`ensemble\n${sub}`).digest('hex').slice(0, 32)
    const cut = (digits: number) => [...name].slice(0, 63 - digits).join('')
    const squatted = [name, ...[6, 8, 12, 16, 24, 32].map((digits) => `${cut(digits)} ${id.slice(-digits)}`)]
    for (const [index, each] of squatted.entries()) expect(await identify(token({ sub: `squatter ${index} of ${sub}`, name: each }))).toMatchObject({ name: each })
    const victim = await identify(token({ sub, name }))
    expect([victim.userId, victim.name.isWellFormed(), shownName(victim.name)]).toEqual([`x-${id}`, true, victim.name])
    expect(squatted).not.toContain(victim.name)
    expect((await identify(token({ sub, name }))).name).toBe(victim.name)
  }
})

test('a token can be revoked, a removed person stays out with new tokens as well', async () => {
  const text = await token({ sub: 'dave', name: 'dave' })
  const who = await identify(text)
  await rig.auth.signIn.logout(who)
  expect(await outcomeOf(identify(text))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(identify(token({ sub: 'dave' })))).toBe('allowed')
  await rig.auth.accounts.remove('dave')
  expect(await outcomeOf(identify(token({ sub: 'dave' })))).toBe('UNAUTHORIZED')
})

test('fifty first requests at once make one user', async () => {
  const text = await token({ sub: 'eve', name: 'eve' })
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(identify(text))))
  expect(new Set(outcomes)).toEqual(new Set(['allowed']))
  expect((await rig.auth.people('eve')).length).toBe(1)
})

test('a new key of the provider is found by the first token that names it; made-up ones do not make the relay ask on and on', async () => {
  const fresh = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  rig.clock.advance(31_000)
  const made = Array.from({ length: 20 }, (_, i) => token({}, { header: { kid: `made up ${i}` } }))
  const before = asked
  for (const each of made) expect(await outcomeOf(identify(each))).toBe('UNAUTHORIZED')
  expect(asked - before).toBe(1)

  const old = published
  published = [{ ...(await exportJWK(fresh.publicKey)), kid: 'k2', alg: 'EdDSA', use: 'sig' }]
  const next = () => token({ sub: 'frank' }, { signer: fresh.privateKey, header: { alg: 'EdDSA', kid: 'k2' } })
  expect(await outcomeOf(identify(next()))).toBe('UNAUTHORIZED')
  rig.clock.advance(30_000)
  expect(await outcomeOf(identify(next()))).toBe('allowed')
  // What the provider has taken back is taken no more.
  expect(await outcomeOf(identify(token()))).toBe('UNAUTHORIZED')

  published = old
  broken = true
  rig.clock.advance(30_000)
  // Nobody can say whether it is a key of the provider; who has a known one goes on.
  expect([await outcomeOf(identify(token())), await outcomeOf(identify(next()))]).toEqual(['BUSY', 'allowed'])
  broken = false
  rig.clock.advance(30_000)
  expect(await outcomeOf(identify(token()))).toBe('allowed')
})

test('access tokens of every spelling come in, and a role that is none of ours says nothing', async () => {
  const { userId } = await identify(token({ sub: 'nina', name: 'nina', role: 'viewer' }))
  rig.clock.advance(1_000)
  for (const role of ['member', ['a', 'b'], { of: 'them' }, 7]) expect(await identify(token({ sub: 'nina', role }))).toMatchObject({ userId, role: 'viewer' })
  expect((await identify(token({ sub: 'oscar', role: 'root', name: { first: 'Oscar' } }))).role).toBe('user')
  for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) expect((await identify(token({ sub: 'nina' }, { header: { typ } }))).userId).toBe(userId)
  for (const typ of ['Bearer', 'access']) expect((await identify(token({ sub: 'nina', typ }))).userId).toBe(userId)
})

test('the log says which claim of a signed token was wrong, and nothing of the token', async () => {
  const lines: string[] = []
  const own = await authRig({ jwksUrl: `http://127.0.0.1:${provider.port}/keys`, log: createLog((line) => void lines.push(line), manualClock()) })
  own.clock.advance(rig.clock.now() - own.clock.now())
  const made = [await token({ typ: 'ID' }), await token({ exp: now() + 90_000 }), await token({ aud: 'somebody' }), await token({ sub: { id: 1 } as unknown as string })]
  for (const each of made) expect(await outcomeOf(own.auth.identify(each, here))).toBe('UNAUTHORIZED')
  expect(await outcomeOf(own.auth.identify(await token({}, { signer: stranger }), here))).toBe('UNAUTHORIZED')
  expect(lines.map((line) => JSON.parse(line).claim)).toEqual(['typ', 'exp', 'aud', 'sub'])
  for (const each of made) expect(lines.join('')).not.toContain(each.split('.')[1]!)
  await own.remove()
})

test('a provider that is away for an hour locks nobody out whom it let in: a known key never waits for it', async () => {
  const text = await token({ sub: 'paula', name: 'paula' })
  expect(await outcomeOf(identify(text))).toBe('allowed')
  for (const away of ['silent', 'broken'] as const) {
    if (away === 'silent') silent = true
    else broken = true
    rig.clock.advance(3_500_000 / 2)
    // Also for whoever keeps keys by the hour of the machine.
    setSystemTime(new Date(Date.now() + 3_500_000))
    const before = asked
    await eventually('the keys are asked for beside', async () => {
      expect([away, await outcomeOf(identify(text))]).toEqual([away, 'allowed'])
      return asked > before
    })
    rig.clock.advance(5_000)
    silent = broken = false
  }
  setSystemTime()
  await eventually('it is back', async () => {
    rig.clock.advance(30_000)
    return (await outcomeOf(identify(token({}, { header: { kid: 'nobody' } })))) === 'UNAUTHORIZED'
  })
})

test('an unknown key waits a second and a half, and not again at once; a set that came meanwhile counts', async () => {
  const clock = manualClock()
  const asking: ((response: Response | Error) => void)[] = []
  const fetch = () => new Promise<Response>((resolve, reject) => asking.push((given) => (given instanceof Error ? reject(given) : resolve(given))))
  const lines: string[] = []
  const keys = createProviderKeys({ url: 'http://provider', clock, log: createLog((line) => void lines.push(line), clock), fetch })
  const ask = (kid: string) => keys({ alg: 'ES256', kid }, { payload: '', signature: '' }).then(() => 'found', (error: { code: string }) => error.code)
  const set = () => Response.json({ keys: published })

  // No set yet: nobody waits longer than patience, however long the provider is silent.
  const first = ask('k1')
  clock.advance(1_500)
  expect(await first).toBe('BUSY')
  asking[0]!(set())
  await eventually('the late set counts', async () => (await ask('k1')) === 'found')
  expect(asking.length).toBe(1)

  // Unknown ones are looked for once in half a minute, by all of them together.
  clock.advance(30_000)
  const two = [ask('new'), ask('newer')]
  await eventually('both wait', () => clock.pending() === 3)
  clock.advance(1_500)
  expect([await Promise.all(two), await ask('k1'), asking.length]).toEqual([['BUSY', 'BUSY'], 'found', 2])
  asking[1]!(new Error('gone'))
  await eventually('it is noticed', () => lines.length === 1)
  expect([await ask('new'), asking.length]).toEqual(['BUSY', 2])
  clock.advance(30_000)
  const again = ask('new')
  await eventually('it is looked for', () => asking.length === 3)
  asking[2]!(set())
  expect([await again, await ask('new'), asking.length]).toEqual(['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_NO_MATCHING_KEY', 3])
  expect(clock.pending()).toBe(0)
})

describe('refused', () => {
  const cases: [string, () => Promise<string>][] = [
    ['a key of somebody else', () => token({}, { signer: stranger })],
    ['an unknown kid', () => token({}, { header: { kid: 'k2' } })],
    ['kid with a path', () => token({}, { header: { kid: '../../keys' } })],
    ['wrong iss', () => token({ iss: 'somebody' })],
    ['wrong aud', () => token({ aud: 'somebody' })],
    ['expired', () => token({ iat: now() - 7200, exp: now() - 3600 })],
    ['a life of more than a day', () => token({ exp: now() + 90_000 })],
    ['an ID token, by its claim', () => token({ typ: 'ID' })],
    ['an ID token, by its nonce', () => token({ nonce: 'n' })],
    ['an ID token, by the hash of the access token beside it', () => token({ at_hash: 'h' })],
    ['a refresh token', () => token({ typ: 'Refresh' })],
    ['a logout token, by its header', () => token({}, { header: { typ: 'logout+jwt' } })],
    ['typ as an object', () => token({ typ: {} })],
    ['sub as an object', () => token({ sub: { id: 1 } as unknown as string })],
    ['no sub', () => token({ sub: undefined })],
    ['signed with the public key as a secret', () => token({}, { signer: Buffer.from(JSON.stringify(published[0])), header: { alg: 'HS256' } })],
    ['signed with the public key, as it is written in files, as a secret', () => token({}, { signer: Buffer.from(pem), header: { alg: 'HS256' } })],
    ['an audience among which ours is not', () => token({ aud: ['somebody', 'else'] })],
    ['the relay’s own kind without a row', () => token({ sid: 'x', typ: 'access', name: 'x', role: 'admin' }, { signer: secret, header: { alg: 'HS256', kid: undefined, typ: 'JWT' } })],
    ['alg none', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token()).split('.')[1]}.`],
  ]
  test.each(cases)('%s', async (_, text) => expect(await outcomeOf(identify(text()))).toBe('UNAUTHORIZED'))

  test('without a provider its tokens are nothing, and while it does not answer they wait', async () => {
    const alone = await authRig()
    expect(await outcomeOf(alone.auth.identify(await token(), here))).toBe('UNAUTHORIZED')
    await alone.remove()
    broken = true
    const waiting = await authRig({ jwksUrl: `http://127.0.0.1:${provider.port}/keys` })
    expect(await outcomeOf(waiting.auth.identify(await token(), here))).toBe('BUSY')
    broken = false
    await waiting.remove()
  })
})
