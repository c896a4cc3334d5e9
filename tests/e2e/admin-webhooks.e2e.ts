// The pages on webhooks and storage, by keyboard, wide and on a phone: a delivery that was refused is sent again and taken.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, type Page } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { openDemo, type Demo } from './open-demo.ts'

const PASSWORD = 'correct horse battery'
let demo: Demo
let receiver: Server
let answers = 500

test.beforeAll(async () => {
  test.setTimeout(180_000)
  receiver = createServer((_, response) => void response.writeHead(answers).end(answers === 500 ? 'no room <b>here</b>' : ''))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  demo = await openDemo({ settings: { WEBHOOK_ALLOW_PRIVATE: 'true' } })
  demo.command(['user', 'add', 'minji', '--role', 'admin'], `${PASSWORD}\n`)
})
test.afterAll(async () => {
  receiver.close()
  await demo?.stop()
})

/** A script runs a prompt, and names the receiver. */
async function execute(): Promise<void> {
  const post = async (path: string, body: object, token?: string) => {
    const response = await fetch(`${demo.origin}/api/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) })
    expect(response.ok).toBe(true)
    return (await response.json()) as Record<string, string>
  }
  const { access_token } = await post('auth/login', { username: 'minji', password: PASSWORD })
  await post('claude/execute', { prompt: 'hello', webhook: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?key=hidden` } }, access_token)
}
const fits = async (page: Page) => expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
const isClean = async (page: Page) => expect(await problemsOf(page)).toEqual([])

test('a refused delivery shows why, and is sent again from the keyboard', async ({ page }) => {
  await page.goto(`${demo.origin}/sign-in?next=/admin/webhooks`)
  await page.getByRole('textbox', { name: 'Name' }).fill('minji')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible()
  await execute()
  const row = page.getByRole('listitem').filter({ hasText: '/hook' })
  await expect(row.getByText('Answered 500')).toBeVisible({ timeout: 30_000 })
  await expect(row).toContainText('minji')
  await expect(page.locator('body')).not.toContainText('hidden')
  await row.getByRole('button', { expanded: false }).press('Enter')
  await expect(row.getByText('no room <b>here</b>')).toBeVisible()
  await isClean(page)
  answers = 204
  await row.getByRole('button', { name: /^Send again/ }).press('Enter')
  await expect(row.getByText('Delivered', { exact: true })).toBeVisible()
  await page.getByRole('radio', { name: 'All' }).press('ArrowRight')
  await expect(page.getByRole('heading', { name: 'None in this state' })).toBeVisible()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(row.getByText('Delivered', { exact: true })).toBeVisible()
  await fits(page)

  await page.getByRole('link', { name: 'Storage' }).click()
  await expect(page.getByText('There is none yet')).toBeVisible()
  await isClean(page)
  await fits(page)
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(page.getByText('npx ensemble backup')).toBeVisible()
  await isClean(page)
})
