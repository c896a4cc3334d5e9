// A session whose reader loses the right to it: what is left of it in the store, and the way back.
import { afterEach, expect, test } from 'bun:test'
import { createSmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useSessionsStore } from '../../../src/stores/use-sessions-store.ts'
import { useSessionStore } from '../../../src/stores/use-session-store.ts'
import { openTestBrowser, until } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

test('session: refused, nothing of it is left; allowed again and opened anew it is all there', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', { type: 'message', data: { session_id: 's1', message_id: 'm1', role: 'user', user_id: 'u1', username: 'minji', content: 'one', attachments: [], execution_id: 'e1' } })
  stops.push(relay.stop)
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage: new Map([['ensemble.page-key', 'half']]) })
  stops.push(browser.close)
  await browser.run(() => useAccountStore()).start()
  const store = browser.run(() => useSessionStore('s1'))
  await store.open()
  await until(() => store.isCurrent, 'current')
  expect([store.timeline.items.length, store.row?.session_id]).toEqual([1, 's1'])
  relay.rule({ notFound: new Set(['session:s1']) })
  relay.reset()
  await until(() => store.phase === 'refused', 'refused')
  expect([store.timeline.items.length, store.row, store.role, store.participants.length, store.queue, store.permissions.length, store.presence.length]).toEqual([0, null, null, 0, null, 0, 0])
  store.leave()
  relay.rule({ notFound: new Set() })
  await store.open()
  await until(() => store.isCurrent, 'current again')
  expect([store.phase, store.timeline.items.length, store.row?.session_id]).toEqual(['ready', 1, 's1'])
})

test('session: refused while one looks at it, it is there again as soon as the list has it again', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  stops.push(relay.stop)
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage: new Map([['ensemble.page-key', 'half']]) })
  stops.push(browser.close)
  await browser.run(() => useAccountStore()).start()
  const sessions = browser.run(() => useSessionsStore())
  await sessions.load()
  const store = browser.run(() => useSessionStore('s1'))
  await store.open()
  await until(() => store.isCurrent, 'current')
  relay.rest.rows.delete('s1')
  relay.rule({ notFound: new Set(['session:s1']) })
  relay.reset()
  await until(() => store.phase === 'refused', 'refused')
  // One may be under way that was asked for before: the next one finds it gone.
  void sessions.load()
  await until(() => sessions.isGone('s1'), 'gone')
  expect([sessions.row('s1'), sessions.isGone('s1'), store.phase]).toEqual([null, true, 'refused'])
  relay.rule({ notFound: new Set() })
  relay.rest.rows.set('s1', sampleRow('s1', { role: 'collaborator' }))
  relay.append('user:u1', { type: 'session_created', data: { session_id: 's1', workspace_id: 'w1', title: 's1', owner: { id: 'u2', name: 'jun' } } })
  await until(() => store.isCurrent, 'current again')
  expect([store.phase, store.role, sessions.isGone('s1')]).toEqual(['ready', 'collaborator', false])
})
