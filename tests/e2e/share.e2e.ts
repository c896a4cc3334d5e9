// A share link from the making to the taking back, read in a browser that nobody is signed in at; and a folder that is added for a new session.
import { expect, test, type Page } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { openDemo, type Demo } from './open-demo.ts'
import { begin, conversation, send } from './people.ts'

// Every turning thing is drawn by the processor here: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

let demo: Demo
let owner: Page
test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  demo = await openDemo()
  owner = await (await browser.newContext()).newPage()
  await owner.goto(demo.link)
})
test.afterAll(async () => {
  await owner?.context().close()
  await demo?.stop()
})

test('whoever has the link reads along without an account, until it is taken back', async ({ browser }) => {
  await begin(owner)
  await send(owner, 'before the link')
  await expect(conversation(owner)).toContainText('This is the demo')
  await send(owner, '/note between us alone')
  await expect(conversation(owner)).toContainText('between us alone')
  await owner.getByRole('button', { name: 'Share' }).click()
  const links = owner.getByRole('region', { name: 'Read-only links' })
  await links.getByRole('button', { name: 'Make a link' }).click()
  const url = await links.locator('code').innerText()
  expect(url).toMatch(/\/l\/[\w-]+#[\w-]{22}$/)
  expect(await problemsOf(owner)).toEqual([])

  const reader = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
  const asked: string[] = []
  reader.on('request', (request) => asked.push(request.url()))
  await reader.goto(url)
  await expect(conversation(reader)).toContainText('before the link')
  await expect(reader.getByText(/read only, until/)).toBeVisible()
  await expect(reader.getByRole('textbox')).toHaveCount(0)
  expect(await problemsOf(reader)).toEqual([])
  await owner.keyboard.press('Escape')
  await send(owner, 'as it comes')
  await expect(conversation(reader)).toContainText('as it comes')
  await expect(conversation(reader)).not.toContainText('between us alone')
  expect(asked.filter((each) => each.includes(new URL(url).hash.slice(1)))).toEqual([])
  expect(asked.filter((each) => /auth\/(refresh|login)|\/me$|people|workspaces/.test(each))).toEqual([])

  await owner.getByRole('button', { name: 'Share' }).click()
  await links.getByRole('button', { name: /^Take back the link/ }).click()
  await expect(links).toContainText('No link opens this session now.')
  await expect(reader.getByRole('heading', { name: 'This link opens nothing any more' })).toBeVisible()
  await expect(conversation(reader)).toHaveCount(0)
  await reader.reload()
  await expect(reader.getByRole('heading', { name: 'This link opens nothing any more' })).toBeVisible()
  await reader.context().close()
  await owner.keyboard.press('Escape')
})

test('a folder is added in the settings, and a new session is asked where it shall work', async () => {
  await owner.goto(`${demo.origin}/settings`)
  await owner.getByRole('button', { name: 'Choose a folder' }).click()
  const dialog = owner.getByRole('dialog', { name: 'Add a folder' })
  await dialog.getByRole('textbox', { name: 'New folder in here' }).fill('second')
  await dialog.getByRole('button', { name: 'Add “second”' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(owner.getByRole('button', { name: 'Actions for second' })).toBeVisible()
  await owner.goto(demo.origin)
  await owner.getByRole('button', { name: 'New session' }).first().click()
  await owner.getByRole('dialog', { name: 'Where shall the session work?' }).getByRole('button', { name: /^second/ }).click()
  await expect(owner.getByText('Start with a question')).toBeVisible()
  await expect(owner.getByRole('banner').getByText('second').or(owner.locator('header .place'))).toContainText('second')
})
