// The readable page of the API in a real browser: every route is on it, nothing comes from elsewhere, nothing is complained of.
import { expect, test } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

let demo: Demo
test.beforeAll(async () => {
  demo = await openDemo()
})
test.afterAll(() => demo?.stop())

test('the description of the API is a page of this relay alone, with every route on it', async ({ page }) => {
  const complaints: string[] = []
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => void (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== demo.origin && complaints.push(request.url())))
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${demo.origin}/api/v1/docs`)
  type Described = Record<string, Record<string, { operationId: string }>>
  const { paths, webhooks } = (await (await page.request.get(`${demo.origin}/api/v1/openapi.json`)).json()) as { paths: Described; webhooks: Described }
  const ids = [paths, webhooks].flatMap((each) => Object.values(each).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId)))
  await expect(page.locator('.opblock')).toHaveCount(ids.length)
  const shown = await page.locator('.opblock').evaluateAll((all) => all.map((each) => each.id.split('-').at(-1)))
  expect(shown.sort()).toEqual(ids.sort())
  await page.locator('[id$="-createSession"] button').first().click()
  await expect(page.locator('[id$="-createSession"]')).toContainText('Idempotency-Key')
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  }
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe('rgba(0, 0, 0, 0)')
  const rules = await page.request.get(new URL((await page.getByRole('link', { name: 'the wire protocol' }).getAttribute('href'))!, demo.origin).href)
  expect(await rules.text()).toContain('The wire protocol of Ensemble')
  expect(complaints).toEqual([])
})
