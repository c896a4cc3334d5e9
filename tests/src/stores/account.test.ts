// Who is signed in, on the real connection, against a small real relay.
import { afterEach, expect, test } from 'bun:test'
import { createSmallRelay } from '../connection/small-relay.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useConnectionStore } from '../../../src/stores/use-connection-store.ts'
import { useRelayHealth } from '../../../src/stores/use-relay-health.ts'
import { openTestBrowser, until, type TestBrowserOptions } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

async function setUp(relay = createSmallRelay(), more: Partial<TestBrowserOptions> = {}) {
  stops.push(relay.stop)
  // What an earlier sign-in leaves in a browser beside the cookie that the page cannot read.
  const storage = new Map([['ensemble.page-key', 'half']])
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage, ...more })
  stops.push(browser.close)
  return { relay, browser, account: browser.run(() => useAccountStore()), connection: browser.run(() => useConnectionStore()) }
}

test('account: the cookie signs in, the relay says who it is, signing out closes everything', async () => {
  const { account, connection, relay } = await setUp()
  expect(account.state).toBe('starting')
  await account.start()
  expect([account.state, account.user?.name]).toEqual(['signed-in', 'minji'])
  await until(() => connection.state.kind === 'live', 'live')
  expect(connection.isUp).toBe(true)
  await account.signOut()
  expect([account.state, account.user]).toEqual(['signed-out', null])
  await until(() => relay.sockets() === 0, 'closed')
  expect(connection.pill.kind).toBe('signed-out')
  expect((await account.signIn({ username: 'minji', password: 'x' })).ok).toBe(true)
  await until(() => connection.isUp, 'up again')
})

test('account: whoever was signed in and did not sign out learns why they stand at the way in again, a restore or an ended sign-in; others learn nothing, but whether an identity provider’s people come in', async () => {
  const relay = createSmallRelay()
  let epoch = 'one'
  const facts = () => ({ version: '1', protocol: 1, epoch, host_name: 'harbor', demo: false, sandbox: 'off', allow_bypass: false, claude: { found: true, credentials: 'key' }, default_workspace_id: 'w1' })
  relay.rest.hold(async (path) => {
    if (path === 'me') return Response.json({ user: { id: 'u1', name: 'minji', role: 'user' }, relay: facts() })
    return path === '/healthz' ? Response.json({ status: 'ok', epoch, ...(epoch === 'two' && { identity_provider: true }) }) : null
  })
  const storage = new Map([['ensemble.page-key', 'half']])
  const { account, browser } = await setUp(relay, { storage })
  const asked = () => relay.rest.count('GET /healthz')
  const stranger = browser.run(() => useRelayHealth())
  await account.start()
  await until(() => account.relay !== null, 'known')
  await until(() => asked() === 1, 'asked')
  const same = browser.run(() => useRelayHealth())
  await until(() => asked() === 2, 'asked again')
  epoch = 'two'
  const other = browser.run(() => useRelayHealth())
  await until(() => other.end.value !== undefined, 'another one')
  expect([stranger, same, other].map(({ end, hasProvider }) => [end.value, hasProvider.value])).toEqual([[undefined, false], ['over', false], ['replaced', true]])
  await account.signOut()
  const leaver = browser.run(() => useRelayHealth())
  await until(() => leaver.hasProvider.value, 'asked by whoever signed out')
  expect(leaver.end.value).toBeUndefined()
  await account.signIn({ username: 'minji', password: 'x' })
  await until(() => storage.get('ensemble.epoch') === 'two', 'known anew')
})

test('account: a code from the address signs in once', async () => {
  const relay = createSmallRelay()
  relay.rest.setSignedIn(false)
  const { account } = await setUp(relay, { hash: '#code=abc', storage: new Map() })
  await Promise.all([account.start(), account.start()])
  expect(account.state).toBe('signed-in')
  expect(relay.rest.count('POST auth/login')).toBe(1)
  expect(relay.rest.count('POST auth/refresh')).toBe(0)
})

test('account: a sign-in link that was used or is too old is told of, unless one is signed in anyway', async () => {
  for (const [signedIn, spent] of [[false, true], [true, false]] as const) {
    const relay = createSmallRelay()
    relay.rest.setSignedIn(signedIn)
    relay.rest.hold(async (path) => (path === 'auth/login' ? Response.json({ code: 'UNAUTHORIZED', message: 'x', trace_id: 't', timestamp: 1 }, { status: 401 }) : null))
    const { account } = await setUp(relay, { hash: '#code=abc' })
    await account.start()
    expect([account.state, account.linkSpent]).toEqual([signedIn ? 'signed-in' : 'signed-out', spent])
    relay.rest.hold(null)
    await account.signIn({ code: 'new' })
    expect(account.linkSpent).toBe(false)
  }
})

test('account: a sign-out the relay did not hear of is finished by the next page, not undone by the cookie', async () => {
  const relay = createSmallRelay()
  const first = await setUp(relay)
  await first.account.start()
  relay.rest.setDown(true)
  await first.account.signOut()
  first.browser.close()
  relay.rest.setDown(false)
  const second = await openTestBrowser({ origin: relay.origin, storage: first.browser.storage, cookies: first.browser.cookies })
  stops.push(second.close)
  const account = second.run(() => useAccountStore())
  await account.start()
  expect(account.state).toBe('signed-out')
  expect(relay.rest.count('POST auth/logout')).toBe(2)
  expect([...second.storage.keys()]).not.toContain('ensemble.signing-out')
})

test('account: no relay is no sign-out', async () => {
  const relay = createSmallRelay()
  relay.rest.setDown(true)
  const { account, connection } = await setUp(relay)
  await account.start()
  expect(account.state).toBe('away')
  relay.rest.setDown(false)
  await until(() => account.state === 'signed-in' && connection.isUp, 'back by itself')
})
