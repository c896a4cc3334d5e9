// Another device is signed in by a link of one's own; a script's token cannot make one.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
beforeAll(async () => {
  relay = await startRelay()
})
afterAll(() => relay.stop())

const post = (path: string, token: string | null, body?: object) =>
  fetch(`${relay.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), 'content-type': 'application/json' },
    body: body ? JSON.stringify(body) : undefined,
  })

test('a signed-in browser makes a link that signs in once', async () => {
  const script = await relay.token('minji')
  expect((await post('auth/devices', script)).status).toBe(403)

  const user = (await relay.relay.auth.accounts.find('minji'))!
  const code = await relay.relay.auth.signIn.createCode(user.id, { loopbackOnly: true })
  const signedIn = await post('auth/login', null, { code })
  // The relay of this test asked for any port; its cookie is named after the one it got.
  expect(signedIn.headers.get('set-cookie')).toStartWith(`ensemble_refresh_${new URL(relay.url).port}=`)
  const { access_token } = (await signedIn.json()) as { access_token: string }
  const answer = await post('auth/devices', access_token)
  expect(answer.status).toBe(201)
  const { link } = (await answer.json()) as { link: string }
  expect(new URL(link).origin).toBe(relay.url)
  const phone = await post('auth/login', null, { code: new URL(link).hash.slice('#code='.length) })
  expect(await phone.json()).toMatchObject({ user: { name: 'minji' } })
  expect((await post('auth/login', null, { code: new URL(link).hash.slice('#code='.length) })).status).toBe(401)
})

test('a link ends with the device that has made it, one of the console does not', async () => {
  const user = (await relay.relay.auth.accounts.find('minji'))!
  const code = () => relay.relay.auth.signIn.createCode(user.id, { loopbackOnly: false })
  const signIn = async (text: string) => (await (await post('auth/login', null, { code: text })).json()) as { access_token: string }
  const fromConsole = await code()
  const { access_token } = await signIn(await code())
  const { link } = (await (await post('auth/devices', access_token)).json()) as { link: string }
  expect((await post('auth/logout', access_token)).status).toBe(200)
  expect((await post('auth/login', null, { code: new URL(link).hash.slice('#code='.length) })).status).toBe(401)
  expect((await post('auth/login', null, { code: fromConsole })).status).toBe(200)
})
