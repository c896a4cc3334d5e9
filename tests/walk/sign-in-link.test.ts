// A sign-in link on a page where somebody is signed in: their own is used, that of another is asked about first. Real relay, real pages of one browser.
import { afterEach, expect, test } from 'bun:test'
import { changeOver } from '../../src/stores/change-over.ts'
import { useAccountStore } from '../../src/stores/use-account-store.ts'
import { useUploadsStore } from '../../src/stores/use-uploads-store.ts'
import { createHurryingClock } from '../src/connection/fake-clock.ts'
import { openTestBrowser, until } from '../src/stores/test-browser.ts'
import { startRelay } from '../support/start-relay.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function setUp() {
  const relay = await startRelay()
  stops.push(relay.stop)
  const { accounts, signIn } = relay.relay.auth
  const kept = { storage: new Map<string, string>(), cookies: new Map<string, string>() }
  async function codeOf(name: string): Promise<string> {
    const user = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'user' }))
    return signIn.createCode(user.id, { loopbackOnly: false })
  }
  /** One more page of the same browser. */
  async function open(code?: string) {
    const clock = createHurryingClock(20, 1)
    const browser = await openTestBrowser({ origin: relay.url, clock, random: Math.random, ...kept, ...(code ? { hash: `#code=${code}` } : {}) })
    stops.push(browser.close)
    const account = browser.run(() => useAccountStore())
    await account.start()
    clock.hurry()
    return { account, uploads: browser.run(() => useUploadsStore()), browser, seen: () => [account.state, account.user?.name ?? null, account.otherCode !== null, account.linkSpent] }
  }
  return { codeOf, open }
}

test('C9: one’s own link is used as ever; that of another waits for a word and takes nobody’s place before it', async () => {
  const { codeOf, open } = await setUp()
  expect((await open(await codeOf('mina'))).seen()).toEqual(['signed-in', 'mina', false, false])
  expect((await open(await codeOf('mina'))).seen()).toEqual(['signed-in', 'mina', false, false])
  const code = await codeOf('jun')
  const asked = await open(code)
  expect(asked.seen()).toEqual(['signed-in', 'mina', true, false])
  // Whoever stays has lost nothing, and neither has the link.
  const stays = await open()
  expect(stays.seen()).toEqual(['signed-in', 'mina', false, false])
  await changeOver(asked.account, asked.uploads)
  expect(asked.seen()).toEqual(['signed-in', 'jun', false, false])
  expect((await open()).seen()).toEqual(['signed-in', 'jun', false, false])
  // The page that was mina’s is hers or nobody’s: her sign-in has ended.
  await until(() => stays.account.state === 'signed-out', 'signed out')
  // A link that is worth nothing is no reason to ask.
  expect((await open(code)).seen()).toEqual(['signed-in', 'jun', false, false])
})

test('C9: a page does not become that of whoever signs in on another tab', async () => {
  const { codeOf, open } = await setUp()
  const first = await open(await codeOf('mina'))
  const second = await open()
  // As with the password, in a browser whose own sign-in was forgotten by one tab only.
  await second.account.signIn({ code: await codeOf('jun') })
  expect(await first.browser.services.token.renew()).toBe('refused')
  expect([first.account.state, first.account.user, (await open()).account.user?.name]).toEqual(['signed-out', null, 'jun'])
})

test('C9: a link that has ended between question and answer says so', async () => {
  const { codeOf, open } = await setUp()
  await open(await codeOf('mina'))
  const code = await codeOf('jun')
  const asked = await open(code)
  const other = await open(code)
  await changeOver(other.account, other.uploads)
  await changeOver(asked.account, asked.uploads)
  expect(asked.seen()).toEqual(['signed-out', null, false, true])
})
