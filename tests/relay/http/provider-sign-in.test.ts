// People of an identity provider in a browser: a page in front hands their token over and the relay's page goes on from there.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { rest } from '#protocol'
import { accountsRig, type AccountsRig } from './accounts-rig.ts'

let rig: AccountsRig
let key: CryptoKey
let published: object[] = []
const provider = Bun.serve({ port: 0, hostname: '127.0.0.1', development: false, fetch: () => Response.json({ keys: published }) })

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  key = privateKey
  published = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }]
  rig = await accountsRig({ settings: { JWT_JWKS_URL: `http://127.0.0.1:${provider.port}/keys`, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'relay' } })
})
afterAll(async () => {
  await rig.stop()
  await provider.stop(true)
})

test('C10 the token gives a cookie and a page key, both together renew, and signing out ends it', async () => {
  expect((await rig.ask(null, 'GET', '../../healthz')).body).toMatchObject({ status: 'ok', identity_provider: true })
  const now = Math.floor(Date.now() / 1000)
  const token = await new SignJWT({ name: 'Kim', role: 'user', iat: now, exp: now + 600 }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).setIssuer('https://id.example').setAudience('relay').setSubject('kim').setJti('1').sign(key)
  const came = await rig.ask(null, 'POST', 'auth/login', { token })
  const { page_key, access_token, user } = rest.signedIn.parse(came.body)
  expect(user).toMatchObject({ name: 'Kim', role: 'user' })
  const [cookie] = came.headers.getSetCookie()
  expect(Number(/Max-Age=(\d+)/.exec(cookie!)![1])).toBeLessThanOrEqual(600)
  const renewed = rest.renewed.parse((await rig.ask(page_key, 'POST', 'auth/refresh', undefined, { cookie: cookie!.split(';')[0]! })).body)
  expect([renewed.user, renewed.expires_at <= (now + 600) * 1000]).toEqual([user, true])
  expect((await rig.ask(renewed.access_token, 'POST', 'tokens', { name: 'CI', scopes: ['read'], expires_in_days: 1 })).status).toBe(403)
  // Said, so that nobody is offered what is refused.
  expect(rest.signIns.parse((await rig.ask(renewed.access_token, 'GET', 'me/sign-ins')).body)).toMatchObject({ source: 'identity_provider', has_password: false })
  expect((await rig.ask(renewed.access_token, 'POST', 'me/password', { new: 'long enough' })).status).toBe(403)
  expect((await rig.ask(access_token, 'POST', 'auth/logout')).status).toBe(200)
  expect((await rig.ask(renewed.access_token, 'GET', 'me')).status).toBe(401)
  expect((await rig.ask(null, 'POST', 'auth/login', { token: 'x' })).status).toBe(401)
})
