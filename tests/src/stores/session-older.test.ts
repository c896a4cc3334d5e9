// A session longer than its first page: what is before it, page by page or all of it.
import { afterEach, expect, test } from 'bun:test'
import { watch } from 'vue'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSmallRelay, type SmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useSessionStore, type SessionStore } from '../../../src/stores/use-session-store.ts'
import { openTestBrowser, until } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

async function signedIn(relay: SmallRelay): Promise<SessionStore> {
  stops.push(relay.stop)
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage: new Map([['ensemble.page-key', 'half']]) })
  stops.push(browser.close)
  await browser.run(() => useAccountStore()).start()
  return browser.run(() => useSessionStore('s1'))
}

const message = (id: string, content: string) => ({
  type: 'message',
  data: { session_id: 's1', message_id: id, role: 'user', user_id: 'u1', username: 'minji', content, attachments: [], execution_id: `e-${id}` },
})
const prompts = (store: SessionStore) => store.timeline.items.flatMap((each) => (each.kind === 'prompt' ? [each.content] : []))

test('session: first page by REST, then live; older pages join before it', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', ...Array.from({ length: 450 }, (_, index) => message(`m${index}`, `prompt ${index}`)))
  const store = await signedIn(relay)
  await store.open()
  expect([store.phase, prompts(store).length, store.hasOlder]).toEqual(['ready', 200, true])
  await until(() => store.isCurrent, 'current')
  relay.append('session:s1', message('live', 'live one'))
  await until(() => prompts(store).at(-1) === 'live one', 'live')
  await store.loadOlder()
  await store.loadOlder()
  expect([prompts(store).length, store.hasOlder]).toEqual([451, false])
  expect(prompts(store)[0]).toBe('prompt 0')
})

test('session: for who looks for something all older pages come, and are shown at once', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', ...Array.from({ length: 950 }, (_, index) => message(`m${index}`, `prompt ${index}`)))
  const store = await signedIn(relay)
  await store.open()
  const lengths = new Set<number>()
  watch(() => prompts(store).length, (length) => lengths.add(length), { flush: 'sync' })
  // The page that the reader asked for is on its way already.
  const page = store.loadOlder()
  await store.loadOlderTo(1)
  await page
  expect([[...lengths], store.hasOlder, store.loadingOlder]).toEqual([[950], false, false])
})
