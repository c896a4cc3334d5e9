// Files in a real browser: what comes in is shown by its kind and never run, is given to another session, and comes back under its own name.
import { expect, test } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { openDemo, type Demo } from './open-demo.ts'
import { begin, conversation, send, signIn } from './people.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

let demo: Demo
test.beforeAll(async () => void (demo = await openDemo()))
test.afterAll(() => demo.stop())

/** 201 times one page with words, in a font that every reader has. */
function pdfOf(words: string): Buffer {
  const stream = `BT /F1 24 Tf 60 700 Td (${words}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${'3 0 R '.repeat(201)}] /Count 201 >>`,
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const places = objects.map((object, at) => {
    const place = file.length
    file += `${at + 1} 0 obj\n${object}\nendobj\n`
    return String(place).padStart(10, '0')
  })
  const table = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${place} 00000 n \n`).join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`
  return Buffer.from(file, 'latin1')
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48" onload="window.ran = 1"><script>window.ran = 1</script><rect width="64" height="48"/></svg>'
const FILES = [
  { name: 'plan.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(SVG) },
  { name: '항구 코드.json', mimeType: 'application/json', buffer: Buffer.from('{"id":12345678901234567890}') },
  { name: 'evil.html', mimeType: 'text/html', buffer: Buffer.from('<script>window.ran = 1</script>') },
  { name: 'README.md', mimeType: 'text/markdown', buffer: Buffer.from('# Berths\n\n<img src=x onerror="window.ran = 1">') },
  { name: 'long.log', mimeType: 'text/plain', buffer: Buffer.from('a line of a log\n'.repeat(20_000)) },
  { name: 'tides.pdf', mimeType: 'application/pdf', buffer: pdfOf('High water at noon') },
]

test('files of every kind are looked at, shared, and downloaded under their names; nothing of them runs', async ({ page }) => {
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(demo.link)
  await begin(page)
  const other = page.url()
  await send(page, 'Good morning')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Good morning')
  await begin(page)

  await page.getByRole('tab', { name: 'Files' }).click()
  const panel = page.getByRole('tabpanel')
  await panel.locator('[data-way=files]').setInputFiles(FILES)
  const list = panel.getByRole('list', { name: 'Files' })
  await expect(list.getByRole('listitem')).toHaveCount(FILES.length, { timeout: 15_000 })
  await expect(panel.getByRole('progressbar')).toHaveCount(0)

  const dialog = page.getByRole('dialog')
  const look = (name: string) => list.getByRole('button', { name: new RegExp(`^Open ${name}`) }).click()
  await look('tides.pdf')
  // Drawn, and its words can be selected.
  await expect(dialog.getByText('High water at noon').first()).toBeAttached()
  await expect.poll(() => dialog.locator('canvas').first().evaluate((canvas: HTMLCanvasElement) => canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.some((value, at) => at % 4 === 0 && value < 128))).toBe(true)
  await expect(dialog).toContainText('201 pages')
  expect(await problemsOf(page, { within: '[role=dialog]' })).toEqual([])
  const last = dialog.getByRole('group', { name: 'Page 201' })
  await expect(dialog.getByRole('group', { name: 'Page 200' })).toBeAttached()
  await expect(last).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Show more' }).click()
  await last.scrollIntoViewIfNeeded()
  await expect(last.getByText('High water at noon')).toBeAttached()

  const shown: [string, () => Promise<void>][] = [
    ['long.log', async () => {
      await expect(dialog).toContainText('The first 262 KB of 320 KB')
      await dialog.getByRole('button', { name: 'Show more' }).click()
      await expect(dialog.locator('[data-line="20000"]')).toBeAttached()
    }],
    ['README.md', () => expect(dialog.getByRole('heading', { name: 'Berths', level: 3 })).toBeVisible()],
    ['evil.html', () => expect(dialog.locator('code').first()).toHaveText('<script>window.ran = 1</script>')],
    ['항구 코드.json', () => expect(dialog.locator('[data-line="2"]')).toHaveText('  "id": 12345678901234567890')],
    ['plan.svg', () => expect(dialog).toContainText('64 × 48')],
  ]
  for (const [name, seen] of shown) {
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await look(name)
    await expect(dialog.getByRole('heading', { level: 2 })).toHaveText(name)
    await seen()
  }
  // Arrows lead to the neighbours, as far as there are any.
  const at = async () => Number(/(\d) of 6/.exec((await dialog.textContent())!)![1])
  const [before, isLast] = [await at(), await dialog.getByRole('button', { name: 'Next file' }).isDisabled()]
  await page.keyboard.press(isLast ? 'ArrowLeft' : 'ArrowRight')
  await expect.poll(at).toBe(isLast ? before - 1 : before + 1)
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  expect(await page.evaluate(() => 'ran' in window)).toBe(false)

  const saved = page.waitForEvent('download')
  await list.getByRole('button', { name: 'Download 항구 코드.json' }).click()
  expect((await saved).suggestedFilename()).toBe('항구 코드.json')

  await list.getByRole('button', { name: 'More for tides.pdf' }).click()
  await page.getByRole('menuitem', { name: 'Share to another session…' }).click()
  await dialog.getByRole('searchbox').fill('good')
  await dialog.getByRole('button', { name: 'Good morning' }).click()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(page).toHaveURL(other)
  await expect(list.getByRole('listitem').filter({ hasText: 'tides.pdf' })).toHaveCount(1)
  expect(complaints).toEqual([])
})

test('a folder goes with a prompt as one, and comes back as one; files of the session are chosen, and named by @; a prompt waits for its file', async ({ browser }) => {
  const page = await signIn(browser, demo, 'mina')
  await begin(page)
  // A dialog that is open while the first file comes, and the panel is another one.
  await page.getByRole('tab', { name: 'Files' }).click()
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('tabpanel').getByRole('button', { name: 'Add files' }).click()
  await page.getByRole('menuitem', { name: 'Choose files' }).click()
  const chooser = await choosing
  // The drop of a folder, as the browsers without handles tell it.
  await page.locator('form:has(#composer)').evaluate((form) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['x'], 'placeholder'))
    const entry = (name: string) => ({ isFile: true, name, file: (found: (file: File) => void) => found(new File([name], name)) })
    const some = [['north.txt', 'south.txt', '.DS_Store'].map(entry), []]
    const folder = { isFile: false, name: 'piers', createReader: () => ({ readEntries: (found: (entries: unknown[]) => void) => found(some.shift()!) }) }
    Object.defineProperty(DataTransferItem.prototype, 'webkitGetAsEntry', { value: () => folder })
    Object.defineProperty(DataTransferItem.prototype, 'getAsFileSystemHandle', { value: undefined })
    for (const type of ['dragover', 'drop']) form.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  })
  const composer = page.locator('form:has(#composer)')
  const attached = composer.getByRole('list', { name: 'Attached files' })
  await expect(attached).toContainText(/piers2 files · \d+ B/)
  await send(page, 'Look at the piers')
  for (const name of ['north.txt', 'south.txt']) await expect(conversation(page).getByRole('button', { name: new RegExp(name) })).toBeVisible()
  await expect(attached).toHaveCount(0)

  const panel = page.getByRole('tabpanel')
  await chooser.setFiles({ name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('late') })
  await expect(panel.getByRole('button', { name: /^Open late.txt/ })).toBeVisible()
  // The same once more is not sent; what comes beside it is.
  const text = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name === 'late.txt' ? 'late' : name) })
  await panel.locator('input[data-way=files]').setInputFiles(['late.txt', 'low.txt', 'high.txt'].map(text))
  await expect(panel.getByText('late.txt is here already.')).toBeVisible()
  await expect(panel.getByRole('button', { name: 'Add anyway' })).toBeVisible()
  for (const name of ['late', 'low', 'high']) await expect(panel.getByRole('button', { name: new RegExp(`^Open ${name}.txt`) })).toHaveCount(1)
  await panel.getByRole('button', { name: 'Close', exact: true }).click()
  const folder = panel.getByRole('list', { name: 'Files' }).getByRole('button', { name: /^piers/ })
  await expect(folder).toContainText('2 files')
  const saved = page.waitForEvent('download')
  await panel.getByRole('button', { name: 'Download piers' }).click()
  expect((await saved).suggestedFilename()).toBe('piers.zip')
  await panel.getByRole('searchbox', { name: 'Find a file' }).fill('PIERS south')
  await expect(panel.getByRole('button', { name: /^Open / })).toHaveCount(1)
  await panel.getByRole('searchbox', { name: 'Find a file' }).fill('')
  await folder.click()
  // From the first to the second by Shift, with the pointer and by keys.
  await panel.getByRole('checkbox', { name: 'Select north.txt' }).click({ force: true })
  await panel.getByRole('checkbox', { name: 'Select south.txt' }).click({ modifiers: ['Shift'] })
  await expect(panel.getByRole('status')).toContainText('2 selected')
  await expect(panel.getByRole('checkbox', { name: 'Select piers' })).toHaveAttribute('aria-checked', 'true')
  await panel.getByRole('button', { name: /^Open south.txt/ }).focus()
  await page.keyboard.press('Escape')
  await expect(panel.getByRole('toolbar')).toHaveCount(0)
  await page.keyboard.press('Shift+ArrowUp')
  await expect(panel.getByRole('status')).toContainText('2 selected')
  await panel.getByRole('checkbox', { name: 'Select south.txt' }).click()
  await panel.getByRole('toolbar').getByRole('button', { name: 'Attach to prompt' }).click()
  await expect(attached).toContainText('north.txt')
  // Taken off it stays a file of the session; named by @ it goes along again.
  await attached.getByRole('button', { name: 'Remove north.txt' }).click()
  await expect(attached).toHaveCount(0)
  await page.locator('#composer').pressSequentially('Compare @')
  const ofSession = composer.getByRole('option').filter({ hasText: 'in this session' })
  await expect(ofSession).toHaveCount(4)
  await composer.getByRole('option', { name: '1 more file of this session' }).click()
  await expect(ofSession).toHaveCount(5)
  await page.locator('#composer').pressSequentially('nort')
  await composer.getByRole('option', { name: /north.txt/ }).click()
  await expect(page.locator('#composer')).toHaveValue('Compare piers/north.txt ')
  await expect(attached).toContainText('north.txt')
  await attached.getByRole('button', { name: 'Remove north.txt' }).click()
  await page.locator('#composer').fill('')

  // The bytes do not arrive until they are let: the prompt waits, and goes by itself.
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.route('**/files/tus**', async (route) => {
    await held
    await route.continue()
  })
  await composer.locator('input[type=file]').first().setInputFiles({ name: 'trace.txt', mimeType: 'text/plain', buffer: Buffer.from('a trace') })
  await page.locator('#composer').fill('Look at it')
  await page.locator('#composer').press('Enter')
  await expect(page.getByRole('button', { name: 'Waiting for 1 file' })).toBeVisible()
  await page.locator('#composer').press('Escape')
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeVisible()
  await page.locator('#composer').press('Enter')
  letGo()
  await expect(page.locator('#composer')).toHaveValue('')
  await expect(conversation(page).getByRole('button', { name: /trace\.txt/ })).toBeVisible()
})
