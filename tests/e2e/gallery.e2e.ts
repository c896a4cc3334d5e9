// The parts of the interface in a real browser, under the real policy: seen by axe, worked by keyboard, at every width.
import type { Page } from '@playwright/test'
import { expect, test } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { resize } from './resize.ts'
import { serveMock } from './serve-mock.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const mock = serveMock()

async function open(page: Page, path: string, theme = 'light', language = 'en') {
  await page.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('ensemble.theme', chosenTheme!)
      localStorage.setItem('ensemble.language', chosenLanguage!)
    },
    [theme, language],
  )
  await page.goto(`${mock.base}${path}`)
  await page.locator('#app > *').first().waitFor()
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
const sideways = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

// Each theme and each language once: colours know no language.
for (const [theme, language] of [['light', 'en'], ['dark', 'ko']] as const)
  for (const path of ['/gallery', '/gallery/sign-in', '/gallery/shell'])
    test(`${path} ${theme} ${language}: nothing for axe to say, at 1440 and 390`, async ({ page }) => {
      await open(page, path, theme, language)
      for (const width of [1440, 390]) {
        await resize(page, width, 844)
        expect(await problemsOf(page, { wcag: true }), `at ${width}`).toEqual([])
      }
    })

test('everything recorded of the real CLI lies on one page, found by tool and by message, and drawn when it comes near', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await open(page, '/gallery/recordings')
  expect(await sideways(page)).toBe(0)
  const drawn = page.locator('section:has([data-row])')
  expect(await drawn.count()).toBeLessThan(5)
  for (const [index, what] of [['Tools', 'Workflow'], ['Messages of the SDK', 'system/compact_boundary'], ['Tools', 'Bash']] as const) {
    const link = page.getByRole('navigation', { name: index }).getByRole('link', { name: what, exact: true })
    await link.click()
    const section = page.locator((await link.getAttribute('href'))!)
    await expect(section).toBeInViewport()
    await expect(section.locator('[data-row]').first()).toBeVisible()
  }
})

test('no page scrolls sideways, down to 320', async ({ page }) => {
  for (const path of ['/gallery', '/gallery/sign-in', '/gallery/shell'])
    for (const [language, widths] of [['en', [320]], ['ko', [390, 767, 768, 1024, 1200, 1440]]] as const) {
      await open(page, path, 'light', language)
      for (const width of widths) {
        await resize(page, width, 800)
        expect(await sideways(page), `${path} at ${width}`).toBe(0)
      }
    }
})

test('theme and language stand before the first paint and are kept', async ({ page }) => {
  await open(page, '/gallery', 'dark', 'ko')
  expect(await page.evaluate(() => [document.documentElement.dataset['theme'], document.documentElement.lang])).toEqual(['dark', 'ko'])
  await page.getByRole('radio', { name: 'Light' }).click()
  await page.getByRole('radio', { name: 'English' }).click()
  await expect(page.getByText('Claude wants to run a command').first()).toBeVisible()
  expect(await page.evaluate(() => [localStorage.getItem('ensemble.theme'), localStorage.getItem('ensemble.language')])).toEqual(['light', 'en'])
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(252, 253, 253)')
})

test('a dialog takes the focus to the way out, and gives it back', async ({ page }) => {
  await open(page, '/gallery')
  const opener = page.getByRole('button', { name: 'Delete…' })
  await opener.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Delete “Import the port codes”?' })).toBeVisible()
  expect(await focused(page)).toBe('Keep')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(opener).toBeFocused()
})

test('a menu is worked by keys alone', async ({ page }) => {
  await open(page, '/gallery')
  const mode = page.getByRole('button', { name: 'Permission mode: Ask before edits' }).first()
  await mode.press('Enter')
  await expect(page.getByRole('menuitemradio', { name: 'Ask before edits' })).toHaveAttribute('aria-checked', 'true')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Permission mode: Accept edits' }).first()).toBeFocused()
})

test('choices and tabs go by arrow keys, switches by space', async ({ page }) => {
  await open(page, '/gallery')
  await page.getByRole('radio', { name: 'Inline' }).press('ArrowRight')
  await expect(page.getByRole('radio', { name: 'Side by side' })).toBeChecked()
  await expect(page.getByRole('radio', { name: 'Side by side' })).toBeFocused()
  await page.getByRole('tab', { name: 'Now' }).press('End')
  await expect(page.getByRole('tab', { name: 'Log' })).toHaveAttribute('aria-selected', 'true')
  const off = page.getByRole('switch', { name: 'off' })
  await off.press('Space')
  await expect(off).toBeChecked()
})

test('a tooltip comes with keyboard focus and goes with Escape', async ({ page }) => {
  await open(page, '/gallery')
  await page.getByRole('button', { name: 'Allow once' }).last().focus()
  await page.getByRole('button', { name: 'Tooltip' }).focus()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('tooltip')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('tooltip')).toHaveCount(0)
})

test('a toast waits while one is at it, and acts', async ({ page }) => {
  await page.clock.install()
  await open(page, '/gallery')
  await page.getByRole('button', { name: 'Archive' }).click()
  const undo = page.getByRole('button', { name: 'Undo' })
  await undo.focus()
  await page.clock.runFor(20_000)
  await expect(undo).toBeVisible()
  await undo.blur()
  await page.clock.runFor(8_100)
  await expect(undo).toHaveCount(0)
})

test('the skip link and F6 lead through the regions', async ({ page }) => {
  await open(page, '/gallery/shell')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the message field' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Prompt for Claude' })).toBeFocused()
  await page.keyboard.press('F6')
  await expect(page.getByRole('complementary')).toBeFocused()
  await page.keyboard.press('F6')
  await expect(page.getByRole('navigation', { name: 'Sessions' })).toBeFocused()
  await page.keyboard.press('Shift+F6')
  await expect(page.getByRole('complementary')).toBeFocused()
})

test('over the timeline and on a phone the panel holds the focus until Escape', async ({ page }) => {
  for (const width of [800, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await open(page, '/gallery/shell')
    const opener = page.getByRole('button', { name: 'Open panel' })
    await opener.press('Enter')
    const panel = page.getByRole('dialog', { name: 'Now' })
    await expect(panel).toBeFocused()
    await expect(page.locator('main')).toHaveAttribute('inert', '')
    await page.keyboard.press('Escape')
    await expect(panel).toHaveCount(0)
    await expect(opener).toBeFocused()
  }
})

test('the sheet of a phone is 60 % high, and 92 % after a pull', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await open(page, '/gallery/shell')
  await page.getByRole('button', { name: 'Open panel' }).click()
  const panel = page.getByRole('dialog', { name: 'Now' })
  await expect.poll(async () => (await panel.boundingBox())?.height).toBe(480)
  await page.getByRole('button', { name: 'Make the panel taller' }).press('Enter')
  await expect.poll(async () => (await panel.boundingBox())?.height).toBe(736)
})

test('signing in: what is missing, what was wrong, until when', async ({ page }) => {
  await open(page, '/gallery/sign-in')
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription('Your name is needed.')
  await page.getByLabel('Name').fill('minji')
  await page.getByLabel('Password', { exact: true }).fill('sunken')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription('Name or password is wrong. 3 tries left this minute.')
  await expect(page.getByLabel('Name')).toHaveValue('minji')
  await page.getByRole('button', { name: 'Show password' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('1 try left')).toBeVisible()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('The relay does not answer')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('Too many tries')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled()
  await page.getByRole('button', { name: 'Use a one-time code' }).click()
  await expect(page.getByLabel('One-time code')).toBeFocused()
})

test('under reduced motion nothing turns, and the state stays visible', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await open(page, '/gallery')
  const running = await page.evaluate(
    () => document.getAnimations().filter((animation) => (animation.effect?.getComputedTiming().iterations ?? 1) === Infinity).length,
  )
  expect(running).toBe(0)
  await expect(page.locator('.spinner .still').first()).toBeVisible()
})

test('the caret of a streaming answer takes no room', async ({ page }) => {
  await open(page, '/gallery')
  expect(await page.locator('.caret').first().evaluate((caret) => caret.getBoundingClientRect().width)).toBe(0)
})

test('Latin is preloaded, Hangul comes only in slices', async ({ page }) => {
  const fonts: string[] = []
  page.on('request', (request) => {
    if (request.resourceType() === 'font') fonts.push(new URL(request.url()).pathname)
  })
  await open(page, '/gallery/sign-in', 'light', 'ko')
  await page.evaluate(() => document.fonts.ready)
  await expect.poll(() => fonts.some((path) => path.includes('Pretendard'))).toBe(true)
  expect(fonts[0]).toContain('inter-latin-wght-normal')
  expect(fonts.filter((path) => path.includes('code-hangul'))).toEqual([])
  expect(fonts.length).toBeLessThan(30)
})
