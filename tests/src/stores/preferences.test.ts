// What a person likes: kept in this browser, and nothing odd in it breaks the page.
import { afterEach, expect, test } from 'bun:test'
import { usePreferencesStore } from '../../../src/stores/use-preferences-store.ts'
import { openTestBrowser } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

test('preferences outlive the page; odd ones fall back one by one', async () => {
  const browser = await openTestBrowser({ origin: 'http://127.0.0.1:1' })
  stops.push(browser.close)
  const preferences = browser.run(() => usePreferencesStore())
  expect([preferences.autoScroll, preferences.announcements]).toEqual([true, 'start-and-end'])
  preferences.autoScroll = false
  preferences.announcements = 'off'
  const kept = JSON.parse(browser.storage.get('ensemble.preferences')!) as Record<string, unknown>
  browser.storage.set('ensemble.preferences', JSON.stringify({ ...kept, announcements: 'loud', unknown: 1 }))
  const next = await openTestBrowser({ origin: 'http://127.0.0.1:1', storage: browser.storage, cookies: browser.cookies })
  stops.push(next.close)
  const again = next.run(() => usePreferencesStore())
  expect([again.autoScroll, again.announcements, again.singleLetterKeys]).toEqual([false, 'start-and-end', true])
  next.storage.set('ensemble.preferences', 'not json')
})
