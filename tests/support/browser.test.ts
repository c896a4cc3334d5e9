// The browser for tests is found in the order promised, or the way to get one is said.
import { expect, test } from 'bun:test'
import { findChromium, findShell } from './browser.ts'

const has = (...paths: string[]) => (path: string) => paths.includes(path)

test('the one named in CHROMIUM comes first', () => {
  expect(findChromium({ CHROMIUM: '/opt/c' }, has('/opt/c', '/own'), '/own')).toEqual({ path: '/opt/c' })
  expect(findChromium({ CHROMIUM: '/opt/c' }, has('/own'), '/own')).toHaveProperty('missing')
})

test("then Playwright's own, then the system's", () => {
  expect(findChromium({}, has('/own', '/usr/bin/chromium'), '/own')).toEqual({ path: '/own' })
  expect(findChromium({}, has('/usr/bin/chromium'), '/own')).toEqual({ path: '/usr/bin/chromium' })
})

test('for pages alone: the one named, then the one without a window, then as ever', () => {
  expect(findShell({ CHROMIUM: '/opt/c' }, has('/opt/c', '/usr/bin/chromium-headless-shell'), '/own')).toEqual({ path: '/opt/c' })
  expect(findShell({}, has('/own', '/usr/bin/chromium-headless-shell'), '/own')).toEqual({ path: '/usr/bin/chromium-headless-shell' })
  expect(findShell({}, has('/usr/bin/chromium'), '/own')).toEqual({ path: '/usr/bin/chromium' })
})

test('nothing found: it says what to run', () => {
  const answer = findChromium({}, () => false, '/own')
  expect('missing' in answer && answer.missing).toContain('apt-get install -y chromium')
})
