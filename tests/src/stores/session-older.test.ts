// A session longer than its first page: what is before it, page by page or all of it.
import { afterEach, expect, test } from 'bun:test'
import { watch } from 'vue'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSmallRelay, type SmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { reachingBack } from '../../../src/stores/older-pages.ts'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useSessionStore, type SessionStore } from '../../../src/stores/use-session-store.ts'
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'
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

test('session: behind hundreds of files there is still what was said, what runs and what is asked', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const file = (index: number) => ({ type: 'file_uploaded', data: { file_id: `f${index}`, session_id: 's1', filename: `${index}.txt`, content_type: 'text/plain', size: 1, user_id: 'u1', username: 'minji', created_at: 1 } })
  const files = (from: number, count: number) => Array.from({ length: count }, (_, index) => file(from + index))
  relay.append('session:s1', ...Array.from({ length: 10 }, (_, index) => message(`m${index}`, `prompt ${index}`)), ...files(0, 450))
  const store = await signedIn(relay)
  await store.open()
  expect([store.phase, prompts(store).at(-1)]).toEqual(['ready', 'prompt 9'])
})

test('session: a question that is open is reached, however much came since', async () => {
  const log = [{ type: 'permission_request', data: { request_id: 'r1' } }, ...Array.from({ length: 900 }, (_, index) => message(`m${index}`, 'a note'))].map((each, index) => ({ ...each, seq: index + 1, timestamp: 1 })) as never as TimelineFrame[]
  const older = async (before: number) => ({ ok: true as const, data: log.slice(Math.max(0, before - 201), before - 1) })
  const reach = (permissions: object[]) => reachingBack(log.slice(-200), { permissions } as never, older)
  expect([(await reach([])).length, (await reach([{ request_id: 'r1' }])).map(({ seq }) => seq)]).toEqual([200, log.map(({ seq }) => seq)])
})
