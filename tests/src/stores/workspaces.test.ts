// What the list of folders means for sessions, on the real connection, against a small real relay.
import { afterEach, expect, test } from 'bun:test'
import { nextTick, ref } from 'vue'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useSessionsStore } from '../../../src/stores/use-sessions-store.ts'
import { useWorkspacesStore } from '../../../src/stores/use-workspaces-store.ts'
import { useTrustQuestion } from '../../../src/views/trust/use-trust-question.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { createSmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { openTestBrowser, until } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

async function signedIn() {
  const relay = createSmallRelay()
  stops.push(relay.stop)
  relay.rest.rows.set('a', sampleRow('a', { updated_at: 9 }))
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage: new Map([['ensemble.page-key', 'half']]) })
  stops.push(browser.close)
  const sessions = browser.run(() => useSessionsStore())
  const workspaces = browser.run(() => useWorkspacesStore())
  await browser.run(() => useAccountStore()).start()
  await until(() => sessions.loaded && workspaces.loaded, 'loaded')
  return { relay, browser, sessions, workspaces }
}

test('workspaces: a session hears that its folder was removed, and that it is there again', async () => {
  const { relay, sessions, workspaces } = await signedIn()
  const folder = { id: 'w1', name: 'harbor', path: '/srv/harbor', trusted: false, owner: false, default: false }
  const other = { ...folder, id: 'w2', name: 'other', path: '/srv/other' }
  let folders = [folder, other]
  relay.rest.hold(async (path) => (path === 'workspaces' ? Response.json({ workspaces: folders }) : null))
  const lists = () => relay.rest.asked.filter((each) => each.startsWith('GET claude/sessions?')).length
  const before = lists()
  await workspaces.load()
  await until(() => lists() > before, 'loaded for the second folder')
  for (const name of ['harbor', null]) {
    folders = name === null ? [folder, other] : [other]
    // What is known of the session itself is newer: an event may have overtaken the list.
    relay.rest.rows.set('a', sampleRow('a', { updated_at: 5, removed_folder: name }))
    relay.append('user:u1', { type: 'workspace', data: { workspace_id: 'w1' } })
    await until(() => (sessions.row('a')?.removed_folder ?? null) === name, `told: ${name}`)
  }
})

test('workspaces: trust that a session tells otherwise than the list has the list loaded anew', async () => {
  const { relay, browser } = await signedIn()
  const told = ref<boolean>()
  browser.run(() => useTrustQuestion(() => 'w1', () => told.value))
  const lists = () => relay.rest.asked.filter((each) => each === 'GET workspaces').length
  const before = lists()
  told.value = false
  await nextTick()
  expect(lists()).toBe(before)
  told.value = true
  await until(() => lists() === before + 1, 'loaded anew')
})
