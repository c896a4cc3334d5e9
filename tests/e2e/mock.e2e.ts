// The page without a relay: every scenario opens and goes on in a real browser, and nothing of it is in what is shipped.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '@playwright/test'
import { build, type Rolldown } from 'vite'
import { serveMock } from './serve-mock.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const mock = serveMock()
let answered = 0

test.beforeEach(({ page }) => {
  answered = 0
  // The server knows no API here: what was not answered in the page would come back as the page itself.
  page.on('response', (response) => {
    if (!new URL(response.url()).pathname.startsWith('/api/')) return
    answered += 1
    if (response.headers()['content-type']?.startsWith('application/json') !== true) mock.complaints.push(`${response.url()} was not answered in the page`)
  })
})

const openScenario = async (page: Page, name: string) => {
  await page.goto(`${mock.base}/?scenario=${name}`)
  await expect(page.getByRole('complementary', { name: 'Scenario' }).getByRole('combobox')).toHaveValue(name)
}
const composer = (page: Page) => page.locator('textarea').last()
async function say(page: Page, text: string) {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** Name, and something that is to be seen without doing anything. */
const SEEN: [name: string, text: string][] = [
  ['streaming', 'The sample folder is open'],
  ['tools', 'Both are done.'],
  ['permission', 'mkdir -p archive'],
  ['queue', 'Check the tides'],
  ['reconnect', 'The last one at noon.'],
  ['errors', 'That one went through.'],
  ['five', 'Now I may write too. Thank you!'],
  ['long', 'Nothing moves there.'],
]

for (const [name, text] of SEEN)
  test(`${name} opens without an error`, async ({ page }) => {
    await openScenario(page, name)
    await expect(page.getByText(text).last()).toBeVisible({ timeout: 30_000 })
    expect(answered).toBeGreaterThan(0)
  })

test('a prompt is answered, piece by piece, under the words that were typed', async ({ page }) => {
  await openScenario(page, 'streaming')
  await say(page, 'How does a booking travel?')
  await expect(page.getByText('How does a booking travel?').last()).toBeVisible()
  await expect(page.getByText('Say which of the two I should mend first.')).toBeVisible({ timeout: 30_000 })
})

test('an allowed permission lets the recording go on', async ({ page }) => {
  await openScenario(page, 'permission')
  await page.getByRole('button', { name: /allow once/i }).first().click()
  await expect(page.getByText('As you say.')).toBeVisible({ timeout: 20_000 })
})

test('the picker changes the scenario, and a reload keeps it', async ({ page }) => {
  await openScenario(page, 'streaming')
  await page.getByRole('complementary', { name: 'Scenario' }).getByRole('combobox').selectOption('queue')
  await expect(page.getByText('Check the tides').last()).toBeVisible()
  await page.goto(`${mock.base}/`)
  await expect(page.getByRole('complementary', { name: 'Scenario' }).getByRole('combobox')).toHaveValue('queue')
  // A dialog that is made open goes away, also when the animation of its coming was over before anybody listened.
  await page.evaluate(() => ['animationstart', 'animationend'].forEach((each) => addEventListener(each, (event) => event.stopImmediatePropagation(), true)))
  await page.locator('body').press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('the gallery has no picker over it', async ({ page }) => {
  await page.goto(`${mock.base}/gallery`)
  await page.locator('#app > *').first().waitFor()
  await expect(page.getByRole('complementary', { name: 'Scenario' })).toHaveCount(0)
})

test('nothing of this is in what is shipped', async () => {
  test.setTimeout(240_000)
  const marks = /mockServiceWorker|scenario-picker|recorded-token|msw/
  const text = /\.(?:js|css|html|json|svg|webmanifest)$/
  const holding = (files: readonly (readonly [name: string, content: string])[]) => files.filter(([name, content]) => marks.test(name) || marks.test(content)).map(([name]) => name)
  const filesOf = async (root: string) => {
    const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
    return Promise.all(files.map(async (file) => [file, text.test(file) ? await readFile(file, 'utf8') : ''] as const))
  }
  const shipped = (await build({ logLevel: 'error', build: { write: false } })) as Rolldown.RolldownOutput
  const made = shipped.output.map((each) => [each.fileName, each.type === 'chunk' ? each.code : text.test(each.fileName) ? String(each.source) : ''] as const)
  // The marks are real: the other build is full of them.
  expect(holding(await filesOf(mock.folder)).length).toBeGreaterThan(3)
  expect(made.length).toBeGreaterThan(50)
  expect(holding([...made, ...(await filesOf('public'))])).toEqual([])
})
