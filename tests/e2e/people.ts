// People at browsers of their own, for tests with several of them.
import { expect, type Browser, type Page } from '@playwright/test'
import type { Demo } from './open-demo.ts'

const PASSWORD = 'correct horse battery'

/** Added at the relay's console, as README says. */
function addUser(demo: Demo, name: string, role: 'admin' | 'user' | 'viewer' = 'user'): void {
  demo.command(['user', 'add', name, '--role', role], `${PASSWORD}\n`)
}

/** A new user of the demo's relay in a browser of their own. `prepare`: before the page is opened for the first time. */
export async function signIn(browser: Browser, demo: Demo, name: string, { role = 'user', prepare }: { role?: 'user' | 'viewer'; prepare?: (page: Page) => void } = {}): Promise<Page> {
  addUser(demo, name, role)
  const page = await (await browser.newContext()).newPage()
  prepare?.(page)
  await enter(page, demo, name)
  return page
}

/** Signs in with the password. */
async function enter(page: Page, demo: Demo, name: string): Promise<void> {
  await page.goto(demo.origin)
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  // Who only looks has no button to begin a session.
  await expect(page.getByRole('searchbox', { name: 'Find a session' })).toBeVisible()
}

export const conversation = (page: Page) => page.getByRole('region', { name: 'Conversation' })
export const sessionList = (page: Page) => page.getByRole('navigation', { name: 'Sessions' })

/** Begins a session; resolves with its address. */
export async function begin(page: Page): Promise<string> {
  const before = page.url()
  await page.getByRole('button', { name: 'New session' }).first().click()
  // The bare address leads to an older session by itself, perhaps only now.
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Untitled session')
  await expect(page).not.toHaveURL(before)
  await expect(page.getByText('Start with a question')).toBeVisible()
  return page.url()
}

/** Sends what is written once the relay has taken it in. */
export async function send(page: Page, text: string): Promise<void> {
  await page.locator('#composer').fill(text)
  await page.locator('#composer').press('Enter')
  await expect(page.locator('#composer')).toHaveValue('')
}

/** A card that has just come ignores presses for a moment: pressed until it takes. */
export async function allowOnce(page: Page, title: string): Promise<void> {
  const card = page.getByRole('group', { name: title })
  await expect(card).toHaveCount(1, { timeout: 30_000 })
  await expect(async () => {
    // On a slow machine it may go away after we had stopped looking.
    if ((await card.count()) > 0) await card.getByRole('button', { name: /^Allow once/ }).click({ timeout: 1_000 })
    await expect(card).toHaveCount(0, { timeout: 1_000 })
  }).toPass({ timeout: 30_000 })
}
