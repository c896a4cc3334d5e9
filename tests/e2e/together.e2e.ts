// Two people in two browsers and one who only looks: one session, one prompt, the permission answered by the other, all see the same.
import { expect, test, type Browser, type Page } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'

let demo: Demo
test.beforeAll(async () => {
  test.setTimeout(180_000)
  demo = await openDemo()
})
test.afterAll(() => demo?.stop())

/** A new user of the demo's relay, added at its console as README says, signed in with the password. */
async function signIn(browser: Browser, name: string, role: 'user' | 'viewer'): Promise<Page> {
  demo.command(['user', 'add', name, '--role', role], 'correct horse battery\n')
  const page = await (await browser.newContext()).newPage()
  await page.goto(demo.origin)
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('button', { name: 'New session' }).first()).toBeVisible()
  return page
}
const conversation = (page: Page) => page.getByRole('region', { name: 'Conversation' })

test('a prompt of one, a permission answered by another, seen by all three', async ({ browser }) => {
  test.setTimeout(120_000)
  const owner = await (await browser.newContext()).newPage()
  await owner.goto(demo.link)
  const [jun, priya] = [await signIn(browser, 'jun', 'user'), await signIn(browser, 'priya', 'viewer')]

  await owner.getByRole('button', { name: 'New session' }).first().click()
  await expect(owner.getByText('Start with a question')).toBeVisible()
  const address = owner.url()
  await Promise.all([jun.goto(address), priya.goto(address)])

  await owner.locator('#composer').fill('Give each partner a rate limit')
  await owner.locator('#composer').press('Enter')
  for (const page of [owner, jun, priya]) await expect(page.getByRole('group', { name: 'Claude wants to write a file' })).toBeVisible({ timeout: 30_000 })
  // Who may not answer sees who may, and no buttons.
  await expect(priya.getByRole('button', { name: /^Allow once/ })).toHaveCount(0)
  await jun.getByRole('button', { name: /^Allow once/ }).click()
  for (const page of [owner, jun, priya]) await expect(conversation(page)).toContainText(/jun allowed/, { timeout: 30_000 })
})
