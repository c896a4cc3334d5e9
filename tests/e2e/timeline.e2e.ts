// The timeline in a real browser: what it looks like to axe, how it follows, what keys do, what can be allowed and when.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '@playwright/test'
import type { PreviewServer } from 'vite'
import { build, preview } from 'vite'

let folder: string
let server: PreviewServer
let base: string
const complaints: string[] = []

test.beforeAll(async () => {
  test.setTimeout(240_000)
  folder = await mkdtemp(join(tmpdir(), 'timeline-'))
  await build({ mode: 'mock', logLevel: 'error', build: { outDir: folder } })
  server = await preview({ mode: 'mock', logLevel: 'error', build: { outDir: folder }, preview: { port: 0, host: '127.0.0.1' } })
  const address = server.httpServer.address()
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

test.afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

test.beforeEach(({ page }) => {
  complaints.length = 0
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})

test.afterEach(() => expect(complaints).toEqual([]))

async function open(page: Page, story: string, theme = 'light', language = 'en') {
  await page.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('ensemble.theme', chosenTheme!)
      localStorage.setItem('ensemble.language', chosenLanguage!)
    },
    [theme, language],
  )
  await page.goto(`${base}/gallery?timeline=${story}`)
  await page.locator('[data-row]').first().waitFor()
}

const timeline = (page: Page) => page.locator('[data-timeline]')
const distance = (page: Page) => timeline(page).evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop))
const told = (page: Page) => page.locator('output')
const card = (page: Page, title: string) => page.getByRole('group', { name: title }).first()

for (const theme of ['light', 'dark'])
  for (const language of ['en', 'ko'])
    test(`${theme} ${language}: nothing for axe to say, at 1440 and 390`, async ({ page }) => {
      test.setTimeout(120_000)
      for (const story of ['tools', 'asks', 'failures'])
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 1600 })
          await open(page, story, theme, language)
          await page.evaluate(() => document.fonts.ready)
          if (story === 'asks') await expect(page.locator('.ask-frame .danger-quiet').first()).toBeEnabled()
          await page.evaluate(() => Promise.all(document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished)))
          const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
          expect(violations.map(({ id, nodes }) => `${story} ${width} ${id}: ${nodes.map((node) => node.html).join('\n')}`)).toEqual([])
        }
    })

for (const [language, words] of [['en', 'Continued after restart with Jun Park’s answer'], ['ko', '다시 시작한 뒤 박준 님의 답으로 이어짐']] as const)
  test(`${language}: what the relay wrote after a restart is one quiet row, and readable when it is unfolded`, async ({ page }) => {
    await open(page, 'failures', 'light', language)
    const row = page.locator('.row.relayed')
    const button = row.getByRole('button', { name: words })
    await expect(button).toHaveAttribute('aria-expanded', 'false')
    await expect(row).not.toContainText('Call Bash again')
    await button.click()
    await expect(row).toContainText('Call Bash again')
    await expect(row.locator('pre')).toContainText('"npm test"')
  })

test('no timeline scrolls sideways, down to 320', async ({ page }) => {
  for (const story of ['tools', 'asks', 'failures'])
    for (const width of [320, 390, 768, 1024]) {
      await page.setViewportSize({ width, height: 900 })
      await open(page, story, 'light', width === 390 ? 'ko' : 'en')
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${story} at ${width}`).toBe(0)
      expect(await timeline(page).evaluate((box) => box.scrollWidth - box.clientWidth), `${story} at ${width}`).toBe(0)
    }
})

test('every recording of the real CLI is drawn', async ({ page }) => {
  test.setTimeout(180_000)
  const files = (await readdir(join(import.meta.dirname, '../fixtures/claude'))).filter((file) => file.endsWith('.timeline.json'))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    await open(page, file.replace('.timeline.json', ''))
    await expect.poll(() => page.locator('[data-row]').count(), { message: file }).toBeGreaterThan(1)
  }
})

test('it follows new text, stops at a wheel upwards, and goes on from the end', async ({ page }) => {
  await open(page, 'streaming')
  const text = page.locator('article').last()
  const grown = async (from: number) => expect.poll(async () => (await text.textContent())!.length).toBeGreaterThan(from)
  await grown(1_500)
  expect(await distance(page)).toBeLessThanOrEqual(2)
  await timeline(page).hover()
  await page.mouse.wheel(0, -300)
  await expect.poll(() => distance(page)).toBeGreaterThan(120)
  const top = await timeline(page).evaluate((box) => box.scrollTop)
  await grown((await text.textContent())!.length + 1_500)
  expect(await timeline(page).evaluate((box) => box.scrollTop)).toBe(top)
  await page.getByRole('button', { name: 'Latest' }).click()
  await grown((await text.textContent())!.length + 600)
  expect(await distance(page)).toBeLessThanOrEqual(2)
  await expect(page.getByRole('button', { name: 'Latest' })).toHaveCount(0)
})

test('blocks that are finished are not touched while the answer goes on', async ({ page }) => {
  await open(page, 'streaming')
  const text = page.locator('article').last()
  await expect.poll(() => text.locator('.block').count()).toBeGreaterThan(3)
  const touched = await text.evaluate(async (article) => {
    const first = article.querySelector('.block')!
    let count = 0
    const observer = new MutationObserver((records) => (count += records.length))
    observer.observe(first, { childList: true, subtree: true, characterData: true, attributes: true })
    const before = article.textContent.length
    await new Promise<void>((resolve) => {
      const look = () => (article.textContent.length > before + 1_000 ? resolve() : requestAnimationFrame(look))
      look()
    })
    observer.disconnect()
    return count
  })
  expect(touched).toBe(0)
})

test('a waiting card out of view has a button of its own; Alt+A goes there', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 700 })
  await open(page, 'waiting')
  await expect(page.getByRole('alert')).toContainText('Claude wants to run a command: npm run migrate')
  await expect(card(page, 'Claude wants to run a command')).toBeInViewport()
  await timeline(page).hover()
  await page.mouse.wheel(0, -2_000)
  await expect(page.getByRole('button', { name: 'Claude needs an answer' })).toBeVisible()
  await page.keyboard.press('Alt+a')
  await expect(card(page, 'Claude wants to run a command')).toBeFocused()
  await expect(card(page, 'Claude wants to run a command').getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await page.keyboard.press('1')
  await expect(told(page)).toHaveText(/"behavior":"allow","scope":"once"/)
})

test('a long input must have been in sight before it can be allowed', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 1400 })
  await open(page, 'asks')
  const long = page.locator('.ask-frame').filter({ hasText: 'step 39' })
  await expect(long.getByRole('button', { name: 'Deny…' })).toBeEnabled()
  await expect(long.getByRole('button', { name: 'Allow once' })).toBeDisabled()
  await long.focus()
  await page.keyboard.press('1')
  await expect(told(page)).toHaveText('')
  await long.getByRole('button', { name: 'Show all of it' }).click()
  await expect(long.getByRole('button', { name: 'Allow once' })).toBeEnabled()
})

test('denying takes a reason, Enter sends it, Esc goes back', async ({ page }) => {
  await open(page, 'waiting')
  const asked = card(page, 'Claude wants to run a command')
  await asked.getByRole('button', { name: 'Deny…' }).click()
  const reason = asked.getByRole('textbox', { name: 'Why not?' })
  await expect(reason).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(asked).toBeFocused()
  await page.keyboard.press('3')
  await reason.fill('not on the shared database')
  await page.keyboard.press('Enter')
  await expect(told(page)).toHaveText(/"behavior":"deny","message":"not on the shared database"/)
})

test('what was written in a waiting card is there after scrolling far away', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 600 })
  await open(page, 'waiting')
  const asked = card(page, 'Claude wants to run a command')
  await asked.getByRole('button', { name: 'Deny…' }).click()
  await asked.getByRole('textbox', { name: 'Why not?' }).fill('not yet')
  await timeline(page).evaluate((box) => box.scrollTo(0, 0))
  await expect(page.getByRole('button', { name: 'Claude needs an answer' })).toBeVisible()
  await page.getByRole('button', { name: 'Claude needs an answer' }).click()
  await expect(asked.getByRole('textbox', { name: 'Why not?' })).toHaveValue('not yet')
})

test('a question is answered step by step', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 2400 })
  await open(page, 'asks')
  const first = page.locator('.ask-frame').filter({ hasText: 'What should count as one partner?' })
  await expect(first.getByRole('button', { name: 'Next' })).toBeDisabled()
  await first.getByRole('radio', { name: 'The API key' }).check()
  await first.getByRole('button', { name: 'Next' }).click()
  const second = page.locator('.ask-frame').filter({ hasText: 'Which environments?' })
  await second.getByRole('checkbox', { name: 'production' }).check()
  await second.getByRole('checkbox', { name: 'Something else…' }).check()
  await second.getByRole('textbox').fill('the laptop')
  await second.getByRole('button', { name: 'Answer' }).click()
  await expect(told(page)).toContainText('"answers":{"What should count as one partner?":"The API key","Which environments?":["production","the laptop"]}')
})

test('viewers read the card and have no buttons', async ({ page }) => {
  await open(page, 'waiting&viewer')
  const asked = card(page, 'Claude wants to run a command')
  await expect(asked.getByText('can answer')).toBeVisible()
  await expect(asked.getByRole('button')).toHaveCount(0)
})

test('J and K go by turns, [ and ] by changes; a pressed row stays where it is', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 700 })
  await open(page, 'tools')
  const focusedRow = () => page.evaluate(() => document.activeElement?.closest('[data-row]')?.textContent?.trim() ?? '')
  await timeline(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('j')
  await expect.poll(focusedRow).toContain('The partner’s webhook')
  await page.keyboard.press('j')
  await expect.poll(focusedRow).toMatch(/^Claude/)
  await page.keyboard.press(']')
  await expect.poll(focusedRow).toMatch(/^Edited.*receive-booking/)
  const row = page.locator('[data-row-focus]:focus')
  const before = (await row.boundingBox())!.y
  await page.keyboard.press('Enter')
  await expect(row).toHaveAttribute('aria-expanded', 'false')
  expect(Math.abs((await row.boundingBox())!.y - before)).toBeLessThan(2)
  await page.keyboard.press('k')
  await expect.poll(focusedRow).toMatch(/^Claude/)
})

test('the last row folds where it stands, though the page gets shorter', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 500 })
  await open(page, 'edit')
  const row = page.getByRole('button', { name: /^Edited/ }).last()
  await row.scrollIntoViewIfNeeded()
  const before = (await row.boundingBox())!.y
  await row.click()
  await expect(row).toHaveAttribute('aria-expanded', 'false')
  await expect.poll(async () => Math.abs((await row.boundingBox())!.y - before)).toBeLessThan(2)
})

test('find counts, unfolds what hides a match, and goes from one to the next', async ({ page }) => {
  await open(page, 'tools')
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in the session' })
  await expect(field).toBeFocused()
  await field.fill('select count(*)')
  await expect(page.getByText('1 of 1')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Asked postgres/ })).toHaveAttribute('aria-expanded', 'true')
  await expect(page.getByText('select count(*) from partners')).toBeInViewport()
  await page.keyboard.press('Escape')
  await expect(field).toHaveCount(0)
  await expect(timeline(page)).toBeFocused()
})

test('a session of ten thousand events holds no more than what is in sight', async ({ page }) => {
  await open(page, 'long')
  await expect.poll(() => distance(page)).toBeLessThanOrEqual(2)
  expect(await page.locator('[data-row]').count()).toBeLessThan(90)
  await timeline(page).focus()
  await page.keyboard.press('Home')
  await expect(page.getByText('1. The partner’s webhook')).toBeVisible()
  expect(await page.locator('[data-row]').count()).toBeLessThan(90)
})

test('without a link nothing claims to go on', async ({ page }) => {
  await open(page, 'waiting&offline')
  const asked = card(page, 'Claude wants to run a command')
  await expect(asked.getByText('when you are back online')).toBeVisible()
  await expect(asked.getByRole('button')).toHaveCount(0)
  await expect(page.locator('.spinner')).toHaveCount(0)
})

test('an answered card becomes a row that has the focus, keeps the input and leads to the log', async ({ page }) => {
  await open(page, 'waiting')
  const asked = card(page, 'Claude wants to run a command')
  await expect(asked.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await asked.getByRole('button', { name: 'Allow once' }).click()
  const row = page.getByRole('button', { name: 'Minji Kim allowed npm run migrate -- --name add-partner-refusals once' })
  await expect(row).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText('adds the table that counts refusals')).toBeVisible()
  await page.getByRole('button', { name: 'Show in the log' }).click()
  await expect(told(page)).toHaveText(/^log /)
})

test('where no rule is offered it is once or not at all', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 2400 })
  await open(page, 'asks')
  const asked = card(page, 'Claude wants to use postgres · query')
  await expect(asked.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await expect(asked.getByRole('button')).toHaveText(['Allow once1', 'Deny…3'])
  await asked.focus()
  await page.keyboard.press('2')
  await expect(told(page)).toHaveText('')
  await page.keyboard.press('1')
  await expect(told(page)).toHaveText(/"behavior":"allow","scope":"once"/)
})

test('a card takes no press before 400 ms have gone by', async ({ page }) => {
  await page.clock.install({ time: 0 })
  await page.clock.pauseAt(1_000)
  await page.setViewportSize({ width: 1200, height: 2400 })
  await open(page, 'asks')
  const asked = card(page, 'Claude wants to use postgres · query')
  const allow = asked.getByRole('button', { name: 'Allow once' })
  await expect(allow).toBeDisabled()
  await asked.focus()
  await page.keyboard.press('1')
  await expect(told(page)).toHaveText('')
  await page.clock.runFor(450)
  await expect(allow).toBeEnabled()
})

test('a plan: comment or back by keys, the focus stays with the card', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 2400 })
  await open(page, 'asks')
  const plan = card(page, 'Claude has a plan')
  await expect(plan.getByRole('button', { name: 'Keep planning…' })).toBeEnabled()
  await plan.focus()
  await page.keyboard.press('3')
  await expect(plan.getByRole('textbox')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(plan).toBeFocused()
  await page.keyboard.press('1')
  await expect(told(page)).toHaveText(/"behavior":"allow","scope":"once"/)
})

test('a question is answered by keys alone', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 2400 })
  await open(page, 'asks')
  const question = page.locator('.ask-frame').filter({ hasText: 'What should count as one partner?' })
  await expect(question.getByRole('button', { name: 'Skip' })).toBeEnabled()
  await question.focus()
  await page.keyboard.press('Enter')
  await expect(question.getByText('1 of 2')).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await expect(question.getByRole('radio', { name: 'The API key' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(question.getByRole('radio', { name: 'The company behind the key' })).toBeChecked()
  await page.keyboard.press('Enter')
  const second = page.locator('.ask-frame').filter({ hasText: 'Which environments?' })
  await second.getByRole('checkbox', { name: 'staging' }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(second.getByRole('checkbox', { name: 'production' })).toBeFocused()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await expect(told(page)).toContainText('"The company behind the key","Which environments?":"production"')
})

test('no Enter sends while a syllable is composed, nor the one that ends it', async ({ page }) => {
  await open(page, 'waiting')
  const asked = card(page, 'Claude wants to run a command')
  await asked.getByRole('button', { name: 'Deny…' }).click()
  const reason = asked.getByRole('textbox', { name: 'Why not?' })
  await reason.fill('안 됩니다')
  await reason.evaluate((field) => {
    const enter = (more: KeyboardEventInit) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more }))
    enter({ isComposing: true })
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))
    enter({})
  })
  await expect(told(page)).toHaveText('')
  await expect(reason).toHaveValue('안 됩니다')
})

test('a failure is announced once, and a press copies its code', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, 'waiting&fails')
  await expect(page.getByRole('alert')).toContainText('Claude wants to run a command')
  const asked = card(page, 'Claude wants to run a command')
  await expect(asked.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await asked.getByRole('button', { name: 'Allow once' }).click()
  await expect(page.getByRole('alert')).toHaveText('Anthropic is overloaded')
  const failure = page.getByRole('group', { name: 'Anthropic is overloaded' })
  await expect(failure).toHaveCount(1)
  await expect(failure).toContainText('after 2 retries')
  await failure.getByRole('button', { name: 'overloaded · e1' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('overloaded · e1')
})

test('C copies a row, and a turn as Markdown; a row without text leaves the clipboard alone', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await open(page, 'tools')
  await timeline(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('j')
  await page.keyboard.press('c')
  await expect.poll(copied).toContain('hammers us with retries')
  await page.keyboard.press('j')
  await page.keyboard.press('c')
  await expect.poll(copied).toContain('**Edited** `/home/minji/code/harbor-api/src/webhooks/receive-booking.ts` (+9 −2)\n\n```diff')
  await page.getByRole('button', { name: 'Read 4 files, searched twice' }).focus()
  await page.keyboard.press('c')
  expect(await copied()).toContain('**Edited**')
})

test('under reduced motion nothing turns or blinks; in forced colours edges are drawn', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'active' })
  for (const story of ['waiting', 'streaming', 'failures']) {
    await open(page, story)
    expect(await page.evaluate(() => document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations === Infinity).length), story).toBe(0)
  }
  await open(page, 'asks')
  const edge = await page.locator('.ask-frame .card').first().evaluate((element) => getComputedStyle(element).borderInlineStartWidth)
  expect(edge).toBe('1px')
})
