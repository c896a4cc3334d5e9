// A session as people use it: prompt and answer, the queue, notes, stopping, permissions, offline.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'
import { begin as beginOn } from './people.ts'

test.describe.configure({ mode: 'serial' })

let demo: Demo
let context: BrowserContext
let page: Page
/** What the console of the browser said. Without a network it has to complain. */
const complaints: string[] = []
const field = () => page.locator('#composer')
const conversation = () => page.getByRole('region', { name: 'Conversation' })

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  demo = await openDemo()
  context = await browser.newContext()
  page = await context.newPage()
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !message.text().includes('ERR_INTERNET_DISCONNECTED') && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(demo.link)
})
test.afterAll(async () => {
  await context?.close()
  await demo?.stop()
})

test.afterEach(() => expect(complaints, 'the console stays quiet').toEqual([]))

async function begin() {
  await beginOn(page)
  // Under the pointer the list keeps its order.
  await page.mouse.move(700, 300)
  await expect(field()).toHaveValue('')
}
/** Sends what stands in the field once the relay has taken it in. */
async function send(text: string) {
  await field().fill(text)
  await field().press('Enter')
  await expect(field()).toHaveValue('')
}

test('a link signs in, a prompt is answered', async () => {
  await expect(page.getByRole('button', { name: 'New session' }).first()).toBeVisible()
  expect(page.url()).not.toContain('code=')
  await begin()
  await send('Explain this project')
  await expect(conversation()).toContainText('takes bookings for berths')
  await expect(conversation()).toContainText('Done in', { timeout: 30_000 })
  await expect(conversation().locator('.caret'), 'nothing is being written any more').toHaveCount(0)
})

test('who begins a session writes on: what is typed next stands in its field, and presses nothing', async () => {
  const asked: string[] = []
  const count = (frame: { payload: string | Buffer }) => void (String(frame.payload).includes('"create_session"') && asked.push(String(frame.payload)))
  page.on('websocket', (socket) => socket.on('framesent', count))
  await page.reload()
  const button = page.getByRole('button', { name: 'New session' }).first()
  await button.click()
  await page.keyboard.press('Space')
  await expect(page.getByText('Start with a question')).toBeVisible()
  await expect(field()).toBeFocused()
  await page.keyboard.type('what is ? a berth')
  await expect(field()).toHaveValue(/what is \? a berth$/)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(asked).toHaveLength(1)
  await field().fill('')
})

test('a reload in the middle of an answer shows the answer whole; the prompt is changed and sent again', async () => {
  await begin()
  await send('Explain this project')
  await expect(conversation()).toContainText('takes bookings for berths')
  await expect(conversation(), 'it is still being written').not.toContainText('a restart loses what waits')
  await page.reload()
  await expect(conversation()).toContainText('a restart loses what waits')
  await expect(conversation()).toContainText('Done in')
  await expect(conversation().getByText('takes bookings for berths and knows the tide')).toHaveCount(1)
  await conversation().getByText('Explain this project').hover()
  await conversation().getByRole('button', { name: 'Edit and resend' }).click()
  const edited = conversation().getByRole('textbox', { name: 'Edit and resend' })
  await expect(edited).toHaveValue('Explain this project')
  await edited.fill('Explain src/tides.js')
  await edited.press('Enter')
  await expect(conversation()).toContainText('Explain src/tides.js')
  await expect(conversation()).toContainText('tideAt')
  await expect(conversation().getByRole('article').filter({ hasText: 'taken back' })).toContainText('Explain this project')
})

test('Enter sends, but not while a syllable is composed; Shift+Enter breaks the line', async () => {
  await begin()
  await field().fill('한')
  await field().evaluate((element) => element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })))
  await expect(field()).toHaveValue('한')
  await field().press('Shift+Enter')
  await field().pressSequentially('글')
  await expect(field()).toHaveValue('한\n글')
  await expect(conversation()).toHaveCount(0)
})

test('what was begun is still there after a reload', async () => {
  await field().fill('half a thought')
  await page.reload()
  await expect(field()).toHaveValue('half a thought')
  await field().fill('')
})

test('a note is for people, Claude says nothing to it', async () => {
  await field().fill('/note ops are fine with it')
  await expect(page.getByText('It is not sent to Claude')).toBeVisible()
  await field().press('Enter')
  await expect(conversation()).toContainText('people only')
  await expect(conversation()).toContainText('ops are fine with it')
  await expect(page.getByRole('button', { name: /^Stop/ })).toHaveCount(0)
})

test('one word as long as a page holds nobody up: its beginning is drawn, all of it on request, and copied it is whole', async () => {
  const word = 'A'.repeat(31_999)
  await send(`/note ${word}!`)
  const note = conversation().getByRole('article').filter({ hasText: 'AAAA' })
  const written = note.locator('.text')
  await expect(written).toContainText(/^A{2,}/)
  expect((await written.textContent())!.length).toBeLessThanOrEqual(2_400)
  await note.getByRole('button', { name: 'Show all' }).click()
  await expect(written).toHaveText(/!$/)
  expect(await written.evaluate((text) => (getSelection()!.selectAllChildren(text), getSelection()!.toString()))).toBe(`${word}!`)
  await note.getByRole('button', { name: 'Fold' }).click()
  await expect(written).not.toHaveText(/!$/)
})

test('the files of a session are listed as they come and go, to download and to delete', async () => {
  await page.getByRole('tab', { name: 'Files' }).click()
  const panel = page.getByRole('tabpanel')
  await expect(panel).toContainText('Drop files here')
  await page.locator('input[type=file]').first().setInputFiles({ name: 'trace.txt', mimeType: 'text/plain', buffer: Buffer.from('a trace') })
  await expect(panel.getByRole('listitem').filter({ hasText: 'trace.txt' }), 'before it goes with any prompt').toContainText('7 B')
  const saved = page.waitForEvent('download')
  await panel.getByRole('button', { name: 'Download trace.txt' }).click()
  expect((await saved).suggestedFilename()).toBe('trace.txt')
  await panel.getByRole('button', { name: 'More for trace.txt' }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  await page.getByRole('dialog', { name: 'Delete “trace.txt”?' }).getByRole('button', { name: 'Delete file' }).click()
  await expect(panel).toContainText('Drop files here')
  // Its chip goes along, and nobody asks for it to be deleted once more.
  await expect(page.getByRole('button', { name: 'Remove trace.txt' })).toHaveCount(0)
  await page.getByRole('tab', { name: /^Now/ }).click()
})

test('files are completed after @, chosen by keys', async () => {
  await field().fill('look at ')
  await field().pressSequentially('@queue')
  await expect(page.getByRole('option').filter({ hasText: 'src/queue.js' })).toBeVisible()
  await field().press('Enter')
  await expect(field()).toHaveValue('look at @src/queue.js ')
  await field().fill('')
})

test('a permission waits, is answered, and is in the log', async () => {
  await begin()
  await send('Give each partner a rate limit')
  const allow = conversation().getByRole('button', { name: /Allow once/ })
  await expect(allow).toBeVisible({ timeout: 30_000 })
  await expect(page).toHaveTitle(/^● Needs an answer/)
  await expect(page.getByRole('navigation', { name: 'Sessions' })).toContainText('Needs someone')
  await page.getByRole('tab', { name: 'Log' }).click()
  await expect(page.getByRole('tabpanel')).toContainText('Claude wants to write a file')
  // Written anew before it is allowed. A card that has just come ignores presses for a moment: pressed until it takes.
  const asked = conversation().getByRole('group', { name: 'Claude wants to write a file' })
  const instead = asked.getByRole('textbox', { name: 'What Claude does instead' })
  await expect(async () => {
    await asked.getByRole('button', { name: 'Edit…' }).click({ timeout: 1_000 })
    await expect(instead).toBeFocused({ timeout: 1_000 })
  }).toPass({ timeout: 15_000 })
  await instead.press('Control+End')
  await instead.pressSequentially('\n// Kept short.')
  await asked.getByRole('button', { name: /Allow once/ }).click()
  await expect(page.getByRole('tabpanel')).toContainText(/changed it and allowed .*token-bucket\.js once/)
  await expect.poll(() => readFile(join(demo.folder, 'src/webhooks/token-bucket.js'), 'utf8').catch(() => '')).toContain('\n// Kept short.')
  await page.getByRole('tab', { name: /^Now/ }).click()
})

test('while Claude works prompts wait in order; they can be held, moved and taken out', async () => {
  // The turn of the test before still asks for more: it goes on until someone answers.
  const queue = page.getByRole('region', { name: 'Queue' })
  await send('first of two')
  await send('second of two')
  await expect(queue).toContainText('2 waiting')
  await queue.getByRole('button', { name: 'Hold' }).click()
  await expect(queue).toContainText('Held by')
  await queue.getByRole('listitem').nth(1).focus()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(queue.getByRole('listitem').first()).toContainText('second of two')
  await expect(queue.getByRole('status')).toHaveText('Moved to 1 of 2')
  for (const left of [1, 0]) {
    await queue.getByRole('listitem').first().hover()
    await queue.getByRole('button', { name: 'Remove' }).first().click()
    await expect(queue.getByRole('listitem')).toHaveCount(left)
  }
})

test('Esc in an empty field stops Claude', async () => {
  await field().focus()
  await field().press('Escape')
  await expect(conversation()).toContainText('Stopped', { timeout: 20_000 })
  await expect(page.getByRole('button', { name: /^Send/ })).toBeVisible()
})

test('offline, what is sent waits and says so; back online it goes out by itself', async () => {
  await begin()
  await context.setOffline(true)
  await expect(page.getByText('You can go on writing')).toBeVisible({ timeout: 40_000 })
  await send('Explain this project')
  await expect(page.getByText('Waiting to send').first()).toBeVisible()
  await context.setOffline(false)
  await expect(conversation()).toContainText('takes bookings for berths', { timeout: 40_000 })
})

test('a second tab of the same browser sends nothing again and shows nothing as waiting that was sent', async () => {
  await begin()
  const other = await context.newPage()
  await other.goto(page.url())
  await expect(other.locator('#composer')).toBeVisible()
  for (const text of ['Explain this project', '/note one', '/note two', '/note three']) await send(text)
  const there = other.getByRole('region', { name: 'Conversation' })
  await expect(there).toContainText('three')
  await expect(there.getByText('people only')).toHaveCount(3)
  await expect(there).toContainText('Done in', { timeout: 30_000 })
  await expect(there.getByText('Waiting to send')).toHaveCount(0)
  await expect(there.getByText('three', { exact: true })).toHaveCount(1)
  await other.close()
})
