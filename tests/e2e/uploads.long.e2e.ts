// Files on their way in a real browser, over a slow line: reload, lost network, kill -9 of the relay, two tabs, a whole folder, and what is pasted.
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test, type CDPSession, type Page } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'
import { begin, signIn } from './people.ts'

test.describe.configure({ mode: 'serial' })

let demo: Demo
let page: Page
let line: CDPSession
const folder = mkdtempSync(join(tmpdir(), 'ensemble-uploads-'))
const WAITS = 'Waiting for the connection'

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  // The slow lines are ours; how often somebody may ask is tested elsewhere.
  demo = await openDemo({ settings: { MESSAGES_PER_SECOND: '1000' } })
  page = await signIn(browser, demo, 'minji')
  line = await page.context().newCDPSession(page)
  await begin(page)
  await openFiles(page)
})
test.afterAll(async () => {
  await page?.context().close()
  await demo?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const openFiles = (on: Page) => on.getByRole('tab', { name: /^Files/ }).click()
const bar = (on: Page, name: string) => on.getByRole('progressbar', { name })
const row = (on: Page, name: string) => on.getByRole('listitem').filter({ has: on.getByRole('progressbar', { name }) })
const share = async (on: Page, name: string) => Number(await bar(on, name).getAttribute('aria-valuenow'))
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function file(name: string, bytes: number): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, randomBytes(bytes))
  return path
}

/** -1: as fast as it goes; null: no network at all. */
async function upload(on: CDPSession, bytesPerSecond: number | null): Promise<void> {
  await on.send('Network.emulateNetworkConditions', { offline: bytesPerSecond === null, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond ?? -1 })
}

/** Whole ones of the relay, by their hashes. */
function kept(): string[] {
  const files = join(dirname(demo.folder), 'data', 'files')
  return readdirSync(files, { recursive: true, withFileTypes: true }).flatMap((each) => (each.isFile() && !each.parentPath.endsWith('incoming') ? [sha256(readFileSync(join(each.parentPath, each.name)))] : []))
}

test('a file goes on over a reload, a lost network and a kill -9 of the relay, and arrives whole', async () => {
  const path = file('여행 영상.mp4', 14_000_000)
  const name = '여행 영상.mp4'
  await upload(line, 3_000_000)
  await page.locator('input[data-way=files]').first().setInputFiles(path)
  await expect.poll(() => share(page, name)).toBeGreaterThan(10)
  const before = await share(page, name)
  await page.reload()
  await openFiles(page)
  await expect(bar(page, name)).toBeVisible()
  expect(await share(page, name)).toBeGreaterThanOrEqual(before)

  await upload(line, null)
  await expect(row(page, name)).toContainText(WAITS)
  const atTheLoss = await share(page, name)
  await upload(line, 1_500_000)
  await expect.poll(() => share(page, name)).toBeGreaterThan(atTheLoss)

  await demo.kill()
  await expect(row(page, name)).toContainText(WAITS)
  const atTheKill = await share(page, name)
  await demo.startAgain()
  await expect.poll(() => share(page, name), { timeout: 30_000 }).toBeGreaterThan(atTheKill)
  await upload(line, -1)
  await expect(bar(page, name)).toHaveCount(0)
  await expect(page.getByRole('listitem').filter({ hasText: name })).toBeVisible()
  expect(kept()).toContain(sha256(readFileSync(path)))
})

test('two tabs: the other one shows it, decides about it, and goes on with it when the first is closed; a cancelled one leaves nothing', async () => {
  const [long, unwanted] = [file('long.bin', 12_000_000), file('unwanted.bin', 12_000_000)]
  const first = await page.context().newPage()
  const slow = await first.context().newCDPSession(first)
  await first.goto(page.url())
  await openFiles(first)
  // Not through before everything here was said and done; the other one has all of the line.
  await upload(slow, 500_000)
  await first.locator('input[data-way=files]').first().setInputFiles([long, unwanted])
  await expect(bar(page, 'long.bin')).toBeVisible()
  await page.getByRole('button', { name: 'Remove unwanted.bin' }).click()
  await expect(bar(first, 'unwanted.bin')).toHaveCount(0)
  await page.getByRole('button', { name: 'Pause long.bin' }).click()
  await expect(first.getByRole('button', { name: 'Go on with long.bin' })).toBeVisible()
  await first.getByRole('button', { name: 'Go on with long.bin' }).click()
  await expect.poll(() => share(page, 'long.bin')).toBeGreaterThan(5)
  await first.close()
  await expect(bar(page, 'long.bin')).toHaveCount(0)
  await expect(page.getByRole('listitem').filter({ hasText: 'long.bin' })).toBeVisible()
  const files = kept()
  expect(files).toContain(sha256(readFileSync(long)))
  expect(files).not.toContain(sha256(readFileSync(unwanted)))
  await expect(page.getByText('unwanted.bin')).toHaveCount(0)
})

test('a folder of 300 files, three at a time; what is pasted goes with the next prompt and is there after a reload', async () => {
  const paths = Array.from({ length: 300 }, (_, index) => file(`harbour/day ${index % 7}/${index}.txt`, 20 + index))
  let open = 0
  let most = 0
  page.on('request', (request) => void (/\/files\/tus/.test(request.url()) && (most = Math.max(most, (open += 1)))))
  const over = (request: { url(): string }) => void (/\/files\/tus/.test(request.url()) && (open -= 1))
  page.on('requestfinished', over)
  page.on('requestfailed', over)
  await page.locator('input[data-way=folder]').first().setInputFiles(join(folder, 'harbour'))
  const hashes = paths.map((path) => sha256(readFileSync(path)))
  await expect.poll(() => { const there = new Set(kept()); return hashes.filter((hash) => there.has(hash)).length }, { timeout: 30_000 }).toBe(300)
  expect(most).toBeLessThanOrEqual(3)

  await page.locator('#composer').focus()
  await page.evaluate(() => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(5_000)], 'notes.bin', { type: 'application/octet-stream' }))
    document.activeElement!.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  const chip = page.getByRole('list', { name: 'Attached files' }).getByRole('listitem').filter({ hasText: 'notes.bin' })
  await expect(chip).toContainText('5 KB')
  await expect(chip.getByRole('progressbar')).toHaveCount(0)
  await page.reload()
  await expect(chip).toContainText('5 KB')
})
