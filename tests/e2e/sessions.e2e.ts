// The list of sessions in its three forms: rows and their menu, export, search, the rail, the phone.
import { readFile } from 'node:fs/promises'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { openDemo, type Demo } from './open-demo.ts'

test.describe.configure({ mode: 'serial' })
// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

let demo: Demo
let context: BrowserContext
let page: Page
const list = () => page.getByRole('navigation', { name: 'Sessions' })
const rowOf = (title: string) => list().getByRole('listitem').filter({ hasText: title })

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  demo = await openDemo()
  context = await browser.newContext()
  page = await context.newPage()
  await page.goto(demo.link)
})
test.afterAll(async () => {
  await context?.close()
  await demo?.stop()
})

async function menu(title: string, action: string) {
  await rowOf(title).hover()
  await rowOf(title).getByRole('button', { name: /^Actions/ }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

test('sessions are renamed in place, from the head and from the row', async () => {
  await page.getByRole('button', { name: 'New session' }).first().click()
  await page.getByRole('heading', { level: 1 }).getByRole('button').click()
  await page.getByLabel('Title', { exact: true }).fill('Tide gate')
  await page.keyboard.press('Enter')
  await expect(rowOf('Tide gate')).toBeVisible()
  await menu('Tide gate', 'Rename')
  await expect(list().getByRole('textbox', { name: 'Rename' })).toBeFocused()
  await page.keyboard.type('Port codes')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Port codes')
})

test('right after it was renamed a session is exported as Markdown and as JSON', async () => {
  await page.locator('#composer').fill('/note the gate closes at nine')
  await page.locator('#composer').press('Enter')
  await expect(page.getByRole('region', { name: 'Conversation' })).toContainText('the gate closes at nine')
  let name = 'Port codes'
  const exported = async (format: 'Markdown' | 'JSON') => {
    const next = `Port codes in ${format}`
    await menu(name, 'Rename')
    await expect(list().getByRole('textbox', { name: 'Rename' })).toBeFocused()
    await page.keyboard.type(next)
    await page.keyboard.press('Enter')
    await expect(rowOf(next)).toBeVisible()
    await expect(page.getByRole('menu'), 'the menu does not come back by itself').toHaveCount(0)
    name = next
    const saved = page.waitForEvent('download')
    await menu(name, `Export as ${format}`)
    const file = await saved
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
  }
  const markdown = await exported('Markdown')
  expect(markdown.name).toBe('Port codes in Markdown.md')
  expect(markdown.text).toMatch(/^# Port codes in Markdown\n[^]*the gate closes at nine/)
  const json = await exported('JSON')
  expect(json.name).toBe('Port codes in JSON.json')
  const { events } = JSON.parse(json.text) as { events: { type: string; data: { content?: string } }[] }
  expect(events.map(({ data }) => data.content)).toContain('the gate closes at nine')
  await menu(name, 'Rename')
  await expect(list().getByRole('textbox', { name: 'Rename' })).toBeFocused()
  await page.keyboard.type('Port codes')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^\s*Port codes, /)
})

/** What axe says of the page. */
const complaints = async (where: string): Promise<string[]> => (await problemsOf(page, { wcag: true })).map((each) => `${where}, ${each}`)

test('session, sharing, settings and trust: nothing for axe to say, as they are, at 200 % zoom and in letters twice as large', async () => {
  test.setTimeout(90_000)
  const address = page.url()
  const found: string[] = []
  const look = async (name: string) => {
    found.push(...(await complaints(name)))
    for (const [how, width, height, letters] of [['200 % zoom', 640, 450, ''], ['letters twice as large', 1440, 900, '200%']] as const) {
      await page.setViewportSize({ width, height })
      await page.evaluate((size) => void (document.documentElement.style.fontSize = size), letters)
      const wider = await page.evaluate(() => [...document.querySelectorAll('html, main, form, dialog, [role=dialog], [data-timeline], #settings')].filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => `${each.localName}.${each.className}: ${each.scrollWidth} > ${each.clientWidth}`))
      found.push(...wider.map((what) => `${name}, ${how}: ${what}`))
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.evaluate(() => void (document.documentElement.style.fontSize = ''))
  }
  await look('session')
  await page.getByRole('button', { name: 'Share' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await look('sharing')
  await page.keyboard.press('Escape')
  await page.goto(`${demo.origin}/settings`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings')
  await expect(page.getByText(/Claude’s commands run (?:in|without) a sandbox/)).toBeVisible()
  await look('settings')
  await page.locator('a[href*="/trust"]').first().click()
  await expect(page.getByText(/Claude’s commands run (?:in|without) a sandbox/)).toBeVisible()
  await look('trust')
  await page.goto(address)
  expect(found).toEqual([])
})

test('titles are found at once; nothing found names what was sought', async () => {
  // A page that has just been opened anew has no keys before it has a list.
  await expect(rowOf('Port codes')).toBeVisible()
  await page.keyboard.press('Control+k')
  const search = list().getByRole('searchbox')
  await expect(search).toBeFocused()
  await search.fill('port')
  await expect(rowOf('Port codes')).toBeVisible()
  await expect(async () => {
    await search.press('ArrowDown')
    await expect(search).not.toBeFocused({ timeout: 500 })
  }).toPass()
  await expect(list().locator('li > a:focus')).toContainText('Port codes')
  await page.keyboard.press('ArrowUp')
  await expect(search).toBeFocused()
  await search.fill('no such thing')
  await expect(list().getByText('No session mentions “no such thing”')).toBeVisible()
  await list().getByRole('button', { name: 'Clear search' }).click()
  await expect(search).toHaveValue('')
  await expect(rowOf('Port codes')).toBeVisible()
})

test('S1, S3: what was said is found under the titles, and a hit opens at its place, also in the open session', async () => {
  const search = list().getByRole('searchbox')
  await search.fill('closes nine')
  const hit = list().getByRole('link', { name: /the gate closes at nine/ })
  await expect(hit.locator('mark')).toHaveText(['closes', 'nine'])
  expect(await problemsOf(page, { within: 'nav' })).toEqual([])
  for (const from of ['elsewhere', 'the session']) {
    if (from === 'elsewhere') await page.goto(demo.origin)
    await search.fill('closes nine')
    await expect(hit).toBeVisible()
    await (from === 'elsewhere' ? search.press('Enter') : hit.click())
    const note = page.locator('[data-row]').filter({ hasText: 'the gate closes at nine' })
    await expect(note).toBeInViewport()
    await expect(note.locator(':focus')).toHaveCount(1)
    await expect(page, 'the address forgets where one was led').not.toHaveURL(/at=/)
  }
  await search.fill('')
})

test('archiving can be taken back', async () => {
  await menu('Port codes', 'Archive')
  await expect(rowOf('Port codes')).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(rowOf('Port codes')).toBeVisible()
})

test('Claude’s process is stopped from the menu, and it is said that nothing is lost', async () => {
  await menu('Port codes', 'Stop Claude’s process')
  await expect(page.getByText('Nothing was lost; the next prompt starts it again.')).toBeVisible()
})

test('deleting asks with the name and begins at the way out', async () => {
  await menu('Port codes', 'Delete')
  const dialog = page.getByRole('dialog', { name: 'Delete “Port codes”?' })
  await expect(dialog.getByRole('button', { name: 'Keep' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  await expect(rowOf('Port codes')).toBeVisible()
})

test('in a middle width the list is a rail; on a phone it is a screen, and no page scrolls sideways', async () => {
  await page.setViewportSize({ width: 1024, height: 768 })
  await expect(list().getByRole('link', { name: 'Port codes' })).toHaveText('Po')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Back to sessions' }).click()
  await expect(page).toHaveURL(/\/$/)
  await expect(rowOf('Port codes')).toBeVisible()
  await page.getByRole('button', { name: 'Waiting' }).click()
  await expect(list()).toContainText('Nobody waits for you')
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of ['/', '/settings', '/waiting']) {
    await page.goto(demo.origin + path)
    await expect(page.getByRole('button', { name: 'Settings' })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('the language changes at once and stays', async () => {
  await page.goto(`${demo.origin}/settings`)
  await page.getByRole('radio', { name: '한국어' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('설정')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko')
  await page.getByRole('radio', { name: 'English' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings')
})

test('signed out, nothing is shown, and a used link opens nothing', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/sign-in/)
  await page.goto('about:blank')
  await page.goto(demo.link)
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await page.getByRole('button', { name: 'Use a one-time code' }).click()
  await page.getByLabel('One-time code').fill('not a code')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('This code is wrong, was used already, or has expired')).toBeVisible()
})
