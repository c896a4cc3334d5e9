// The timeline in a real browser: what it looks like to axe, how it follows, what keys do, what is copied and found.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { resize } from './resize.ts'
import { card, distance, pick, serveTimeline, timeline } from './timeline-page.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const open = serveTimeline()

// Each theme and each language once: colours know no language.
for (const [theme, language] of [['light', 'en'], ['dark', 'ko']] as const)
  test(`${theme} ${language}: nothing for axe to say, at 1440 and 390`, async ({ page }) => {
    test.setTimeout(120_000)
    for (const story of ['tools', 'asks', 'failures']) {
      await open(page, story, theme, language)
      for (const width of [1440, 390]) {
        await resize(page, width, 1600)
        if (story === 'asks') await expect(page.locator('.ask-frame .danger-quiet').first()).toBeEnabled()
        expect(await problemsOf(page, { wcag: true }), `${story} at ${width}`).toEqual([])
      }
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
    for (const [language, widths] of [['en', [320, 768, 1024]], ['ko', [390]]] as const) {
      await open(page, story, 'light', language)
      for (const width of widths) {
        await resize(page, width, 900)
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${story} at ${width}`).toBe(0)
        expect(await timeline(page).evaluate((box) => box.scrollWidth - box.clientWidth), `${story} at ${width}`).toBe(0)
      }
    }
})

/** The tools of a recording, those of its agents among them. */
const toolsOf = (value: unknown): { key: string; tool: string }[] => {
  if (typeof value !== 'object' || value === null) return []
  const own = 'kind' in value && value.kind === 'tool' ? [value as unknown as { key: string; tool: string }] : []
  return [...own, ...Object.values(value).flatMap(toolsOf)]
}

test('every recording of the real CLI is drawn: each of its tools in a row, nothing as something unknown', async ({ page }) => {
  test.setTimeout(240_000)
  await page.setViewportSize({ width: 1440, height: 6_000 })
  await open(page, 'tools')
  const folder = join(import.meta.dirname, '../fixtures/claude')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.timeline.json'))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    const tools = toolsOf(JSON.parse(await readFile(join(folder, file), 'utf8')))
    await pick(page, file.replace('.timeline.json', ''))
    await expect.poll(() => page.locator('[data-row]').count(), { message: file }).toBeGreaterThan(1)
    // What was gathered into one row, and what agents did, is there when it is unfolded.
    await page.evaluate(async () => {
      const folded = () => document.querySelectorAll<HTMLElement>(['>', '> * >'].map((way) => `:is(.row.quiet, .row.todos, .row.tool) ${way} button[aria-expanded="false"]`).join())
      for (let buttons = folded(); buttons.length > 0; buttons = folded()) {
        for (const button of buttons) button.click()
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      }
    })
    const todos = /^(?:Todo|TaskCreate|TaskUpdate|TaskList|TaskGet)/
    for (const { key, tool } of tools.filter((each) => !todos.test(each.tool))) await expect(page.locator(`[data-row$="${key}"]`), `${file}: ${tool}`).not.toHaveCount(0)
    if (tools.some((each) => todos.test(each.tool))) await expect(page.locator('.row.todos'), file).not.toHaveCount(0)
    await expect(page.locator('.row.unknown'), file).toHaveCount(0)
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

test('J and K go by turns, [ and ] by changes; a pressed row stays where it is', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 700 })
  await open(page, 'tools')
  const focusedRow = () => page.evaluate(() => document.activeElement?.closest('[data-row]')?.textContent?.trim() ?? '')
  await timeline(page).focus()
  // Faster than rows are drawn: each key counts from where the one before is going.
  await page.keyboard.press('Home')
  await page.keyboard.press('j')
  await expect.poll(focusedRow).toContain('The partner’s webhook')
  await page.keyboard.press('End')
  await page.keyboard.press('Home')
  for (const key of ['j', 'j', 'k']) await page.keyboard.press(key)
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

test('find shows a match as one types, marks it apart from the others, and keeps its count from one to the next', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 500 })
  await open(page, 'tools')
  /** Texts of the range that is painted stronger, while it is in view. */
  const here = () =>
    timeline(page).evaluate((box) => {
      const { top, bottom } = box.getBoundingClientRect()
      const ranges = [...(CSS.highlights.get('found-here') ?? [])] as Range[]
      return ranges.filter((range) => range.getBoundingClientRect().top >= top - 1 && range.getBoundingClientRect().bottom <= bottom + 1).map(String)
    })
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in the session' })
  await field.fill('bucket')
  const count = page.locator('search').getByRole('status')
  await expect(count).toHaveText('12 of 12')
  await expect.poll(here).toEqual([expect.stringMatching(/^bucket$/i)])
  for (const at of [1, 2, 3, 4, 5, 6]) {
    await page.keyboard.press('Enter')
    await expect(count).toHaveText(`${at} of 12`)
    await expect.poll(here).toEqual([expect.stringMatching(/^bucket$/i)])
  }
  await field.fill('token-bucket.ts')
  await expect(count).toHaveText('1 of 1')
  await expect.poll(here, 'a name of a file is one text').toEqual(['token-bucket.ts'])
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
  await open(page, 'waiting?offline')
  const asked = card(page, 'Claude wants to run a command')
  await expect(asked.getByText('when you are back online')).toBeVisible()
  await expect(asked.getByRole('button')).toHaveCount(0)
  await expect(page.locator('.spinner')).toHaveCount(0)
})

test('a failure is announced once, and a press copies its code', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, 'waiting?fails')
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

test('a picture of another server loads only where the reader goes for it: in a tab of its own, which learns nothing of this page', async ({ page, context }) => {
  const asked: (string | undefined)[] = []
  await context.route('https://charts.example/**', async (route) => {
    asked.push(route.request().headers()['referer'])
    await route.fulfill({ contentType: 'text/plain', body: 'a chart' })
  })
  await open(page, 'tools')
  await timeline(page).focus()
  await page.keyboard.press('End')
  const link = page.getByRole('link', { name: 'Picture: Refusals per hour, opens charts.example' })
  await expect(link).toBeVisible()
  expect(asked).toEqual([])
  const opened = context.waitForEvent('page')
  await link.click()
  const chart = await opened
  await expect(chart.getByText('a chart')).toBeVisible()
  expect([asked, await chart.evaluate(() => [opener, document.referrer])]).toEqual([[undefined], [null, '']])
  await expect(link, 'nothing is lost').toBeVisible()
  await chart.close()
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
