// The built web app in a real Chromium, signed in at a relay.
import { chromium, type Page } from '@playwright/test'
import { chromiumFlags, findChromium } from '../../support/browser.ts'
import type { RelayUnderLoad } from './relay-under-load.ts'

/** `code` of the relay's link is used up by this. `prepare` comes before the page is opened. Throws where there is no Chromium. */
export async function openPage(relay: RelayUnderLoad, prepare?: (page: Page) => Promise<void>): Promise<{ page: Page; close(): Promise<void> }> {
  const found = findChromium()
  if ('missing' in found) throw new Error(found.missing)
  const browser = await chromium.launch({ executablePath: found.path, args: chromiumFlags })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await prepare?.(page)
  await page.goto(`${relay.url}/#code=${relay.code}`)
  await page.getByRole('button', { name: 'New session' }).first().waitFor({ timeout: 60_000 })
  return { page, close: () => browser.close() }
}

/** A session of its own, empty, its field ready. */
export async function beginSession(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New session' }).first().click()
  await page.getByText('Start with a question').waitFor()
}

/** Types a prompt and presses Enter; milliseconds from that key until `marker` stands in the conversation. */
export async function promptUntil(page: Page, prompt: string, marker: string): Promise<number> {
  await page.locator('#composer').fill(prompt)
  const took = page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        let began = 0
        addEventListener('keydown', () => (began = performance.now()), { capture: true, once: true })
        const observer = new MutationObserver(() => {
          if (began === 0 || !document.querySelector('[role=region][aria-label=Conversation], section[aria-label=Conversation]')?.textContent?.includes(wanted)) return
          observer.disconnect()
          resolve(performance.now() - began)
        })
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
      }),
    marker,
  )
  // One round trip, so that the observer stands before the key is pressed.
  await page.evaluate(() => 0)
  await page.locator('#composer').press('Enter')
  return took
}
