// A session on a phone, by touch: mode and model, the whole queue; and the panel after the window was narrow; pictures.
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'

test.describe.configure({ mode: 'serial' })

let demo: Demo
let context: BrowserContext
let page: Page
const TOUCH_PX = 44
const queue = () => page.getByRole('region', { name: 'Queue' })
const rows = () => queue().getByRole('listitem')
const composer = () => page.locator('form:has(#composer)')

async function openOn(browser: Browser, options: Parameters<Browser['newContext']>[0]) {
  context = await browser.newContext(options)
  page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(`${demo.origin}/sign-in`)
  await page.getByRole('textbox', { name: 'Name' }).fill('minji')
  await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'New session' }).first().click()
  await expect(page.getByText('Start with a question')).toBeVisible()
}
async function send(text: string) {
  await page.locator('#composer').fill(text)
  await composer().locator('button[type=submit]').click()
  await expect(page.locator('#composer')).toHaveValue('')
}

test.beforeAll(async () => {
  test.setTimeout(180_000)
  demo = await openDemo()
  demo.command(['user', 'add', 'minji', '--role', 'admin'], 'correct horse battery\n')
})
test.afterEach(async () => {
  if (test.info().status !== test.info().expectedStatus) await context?.close()
})
test.afterAll(() => demo?.stop())

test('on a phone mode and model are chosen from one menu by touch', async ({ browser }) => {
  await openOn(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' })
  const choose = composer().getByRole('button', { name: /^Permission mode: Ask before edits, Model: / })
  await choose.tap()
  await page.getByRole('menuitemradio', { name: 'Plan first' }).tap()
  await expect(composer().getByRole('button', { name: /^Permission mode: Plan first/ })).toBeVisible()
  await composer().getByRole('button', { name: /^Permission mode/ }).tap()
  await page.getByRole('menuitemradio', { name: /Haiku/ }).first().tap()
  await expect(composer().getByRole('button', { name: /Model: .*Haiku/ })).toBeVisible()
  await composer().getByRole('button', { name: /^Permission mode/ }).tap()
  await page.getByRole('menuitemradio', { name: 'Ask before edits' }).tap()
  await expect(choose).toBeVisible()
  // The short message covers nothing of the field that comes below it meanwhile.
  await page.getByRole('button', { name: 'Back to sessions' }).tap()
  await page.getByRole('button', { name: /^Actions for/ }).first().tap()
  await page.getByRole('menuitem', { name: 'Archive' }).tap()
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
  await page.getByRole('button', { name: 'New session' }).first().tap()
  const [undo, field] = [page.getByRole('button', { name: 'Undo' }), composer()]
  await expect.poll(async () => ((await undo.boundingBox())?.y ?? 0) + ((await undo.boundingBox())?.height ?? 0) - ((await field.boundingBox())?.y ?? 0)).toBeLessThan(0)
})

test('on a phone the queue is folded, and all of it can be done by touch', async () => {
  await send('Give each partner a rate limit')
  await expect(page.getByRole('group', { name: 'Claude wants to write a file' })).toBeVisible({ timeout: 30_000 })
  // Each button of the card says what it does on one line, and the card is no wider than the page.
  const labels = await page.getByRole('group', { name: 'Claude wants to write a file' }).locator('button .label').evaluateAll((all) =>
    all.map((label) => ({ text: label.textContent, lines: Math.round(label.getBoundingClientRect().height / parseFloat(getComputedStyle(label).lineHeight)) })),
  )
  expect(labels).toContainEqual({ text: 'Always allow', lines: 1 })
  expect(labels.filter(({ lines }) => lines !== 1)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  for (const text of ['one of three', 'two of three', 'three of three']) await send(text)
  await expect(queue()).toContainText('3 waiting')
  await expect(rows()).toHaveCount(0)
  await queue().getByText('3 waiting').tap()
  await expect(rows()).toHaveCount(3)
  for (const button of await queue().getByRole('button').all()) {
    const box = (await button.boundingBox())!
    expect(Math.min(box.width, box.height), await button.getAttribute('aria-label') ?? '').toBeGreaterThanOrEqual(TOUCH_PX)
  }
  const pick = async (text: string, deed: string) => {
    await queue().getByRole('button', { name: `Actions for “${text}”` }).tap()
    await page.getByRole('menuitem', { name: deed }).tap()
  }
  await pick('three of three', 'Move up')
  await expect(rows().nth(1)).toContainText('three of three')
  await pick('one of three', 'Move down')
  await expect(rows().first()).toContainText('three of three')
  await pick('two of three', 'Edit')
  await expect(page.locator('#composer')).toBeFocused()
  await page.locator('#composer').fill('two, changed')
  await composer().getByRole('button', { name: 'Save' }).tap()
  await expect(rows().nth(2)).toContainText('two, changed')
  await pick('two, changed', 'Remove')
  await expect(rows()).toHaveCount(2)
  await pick('one of three', 'Send now')
  await expect(page.getByRole('region', { name: 'Conversation' })).toContainText('one of three')
  await context.close()
})

test('a window that was narrow for a moment has its panel again', async ({ browser }) => {
  await openOn(browser, { viewport: { width: 1440, height: 900 } })
  const panel = page.getByRole('complementary', { name: 'Now' })
  await expect(panel).toBeVisible()
  await page.setViewportSize({ width: 800, height: 900 })
  await expect(panel).toHaveCount(0)
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(panel).toBeVisible()
  // Closed by hand it stays closed, and what was opened over the timeline opens no column.
  await page.getByRole('button', { name: 'Close panel' }).click()
  await page.setViewportSize({ width: 800, height: 900 })
  await page.getByRole('button', { name: 'Open panel' }).click()
  await expect(page.getByRole('dialog', { name: 'Now' })).toBeVisible()
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(page.getByRole('dialog', { name: 'Now' })).toHaveCount(0)
  await expect(panel).toHaveCount(0)
})

test('a pasted picture is small in the prompt that waits and in the one that was sent, and large when pressed', async () => {
  const paste = () =>
    page.locator('#composer').evaluate(async (field) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
      canvas.getContext('2d')!.fillRect(0, 0, 320, 480)
      const picture = await new Promise<Blob>((resolve) => canvas.toBlob((blob) => resolve(blob!)))
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([picture], 'harbour.png', { type: 'image/png' }))
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
  const conversation = page.getByRole('region', { name: 'Conversation' })
  const small = conversation.getByRole('button', { name: /^harbour\.png, .*show larger$/ })
  const drawn = (picture: HTMLImageElement) => picture.complete && picture.naturalWidth === 640
  await paste()
  await expect(page.getByRole('list', { name: 'Attached files' }).getByRole('img', { name: 'harbour.png' })).toBeVisible()
  await expect(page.getByRole('list', { name: 'Attached files' }).locator('.bare')).toHaveCount(1)
  await context.setOffline(true)
  await send('What is on this picture?')
  await expect(conversation).toContainText('Waiting to send')
  await expect.poll(() => small.locator('img').evaluate(drawn)).toBe(true)
  await context.setOffline(false)
  await expect(conversation).toContainText('has arrived', { timeout: 40_000 })
  await expect(small).toHaveCount(1)
  // After a reload it comes from the relay.
  await page.reload()
  await expect.poll(() => small.locator('img').evaluate(drawn)).toBe(true)
  // And what is read stands over where one writes, whichever of them came first.
  const edges = (selector: string) => page.locator(selector).first().evaluate((part) => [part.getBoundingClientRect().left, part.getBoundingClientRect().right].map(Math.round))
  await expect.poll(async () => (await edges('form:has(#composer)'))[1]).toBe((await edges('[data-timeline] article'))[1])
  await small.click()
  const large = page.getByRole('dialog', { name: 'harbour.png' })
  await expect.poll(() => large.getByRole('img', { name: 'harbour.png' }).evaluate((picture) => picture.getBoundingClientRect().width)).toBe(640)
  const saved = page.waitForEvent('download')
  await large.getByRole('button', { name: 'Download' }).click()
  expect((await saved).suggestedFilename()).toBe('harbour.png')
  await page.keyboard.press('Escape')
  await expect(small).toBeFocused()
  await context.close()
})
