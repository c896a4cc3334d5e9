// One story of the gallery's timeline in a real browser, and what the tests of it look at.
import type { Page } from '@playwright/test'
import { serveMock } from './serve-mock.ts'

/** For one test file: the served page, and how a story is opened. */
export function serveTimeline() {
  const mock = serveMock()
  return async function open(page: Page, story: string, theme = 'light', language = 'en') {
    await page.addInitScript(
      ([chosenTheme, chosenLanguage]) => {
        localStorage.setItem('ensemble.theme', chosenTheme!)
        localStorage.setItem('ensemble.language', chosenLanguage!)
      },
      [theme, language],
    )
    await page.goto(`${mock.base}/gallery/timeline/${story}`)
    await page.locator('[data-row]').first().waitFor()
  }
}

/** Another one, on the page that is open already. */
export async function pick(page: Page, story: string) {
  await page.getByRole('button', { name: /^Timeline: / }).click()
  await page.getByRole('menuitemradio', { name: story, exact: true }).click()
  await page.locator(`main[data-shown="${story}"] [data-row]`).first().waitFor()
}

export const timeline = (page: Page) => page.locator('[data-timeline]')
export const distance = (page: Page) => timeline(page).evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop))
export const told = (page: Page) => page.locator('output')
export const card = (page: Page, title: string) => page.getByRole('group', { name: title }).first()
