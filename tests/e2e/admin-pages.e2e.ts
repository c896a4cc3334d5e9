// The pages of whoever runs the relay, but webhooks and storage: what happened here is shown there, one deed on each is felt by the relay, and all of it can be read in light and dark.
import { readFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { problemsOf } from './axe.ts'
import { openDemo, type Demo } from './open-demo.ts'

const PASSWORD = 'correct horse battery'
const TITLE = 'Tides at the quay'
let demo: Demo
/** Of an admin who watches from outside what the pages do. */
let watcher: { access_token: string; user: { id: string } }

type Body = Record<string, any>

async function api(method: string, path: string, body?: object, token = watcher?.access_token): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${demo.origin}/api/v1/${path}`, { method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, ...(body && { body: JSON.stringify(body) }) })
  return { status: response.status, body: (await response.json()) as Body }
}
const read = async (path: string): Promise<Body> => (await api('GET', path)).body

test.beforeAll(async () => {
  test.setTimeout(180_000)
  demo = await openDemo()
  for (const name of ['minji', 'jun']) demo.command(['user', 'add', name, '--role', 'admin'], `${PASSWORD}\n`)
  watcher = (await api('POST', 'auth/login', { username: 'jun', password: PASSWORD })).body as typeof watcher
  const { execution_id: id, session_id } = (await api('POST', 'claude/execute', { prompt: 'hello', title: TITLE })).body
  await expect.poll(async () => (await read(`claude/executions/${id}`))['status'], { timeout: 60_000 }).toBe('completed')
  await api('PATCH', `claude/sessions/${session_id}`, { title: TITLE })
})
test.afterAll(() => demo?.stop())

const complaints: string[] = []

/** Nothing that one could not read or reach, in both lights: they differ in colours only. */
async function isClean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await problemsOf(page, { colours: colorScheme === 'dark' }), colorScheme).toEqual([])
  }
}
const saved = async (page: Page, press: () => Promise<void>): Promise<string> => {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return readFileSync(await download.path(), 'utf8')
}
const pick = async (page: Page, from: string, choice: string): Promise<void> => {
  await page.getByRole('button', { name: from }).click()
  await page.getByRole('menuitemradio', { name: choice }).click()
}

test('every page of the administration tells what is so, and does what it says', async ({ page }) => {
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(`${demo.origin}/sign-in?next=/admin`)
  await page.getByRole('textbox', { name: 'Name' }).fill('minji')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const nav = page.getByRole('navigation', { name: 'Administration' })
  const to = async (name: string) => {
    await nav.getByRole('link', { name }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  }

  await test.step('live: what runs is told, and a process is stopped', async () => {
    await expect(page.getByRole('region', { name: 'Health', exact: true })).toContainText('Ready for work')
    const process = page.getByRole('row').filter({ hasText: TITLE })
    await expect(process).toContainText('jun')
    await isClean(page)
    await process.getByRole('button', { name: /^Stop the process/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stop process' }).click()
    // What lies under an open dialog is in no role.
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(process).toHaveCount(0)
    const { claude } = await read('stats')
    expect(claude.processes.filter((each: Body) => each['session']?.title === TITLE)).toEqual([])
  })

  await test.step('usage: what it cost, and a budget', async () => {
    await to('Usage')
    await expect(page.locator('section').filter({ hasText: 'By session' })).toContainText(TITLE)
    await isClean(page)
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    expect(await saved(page, () => page.getByRole('menuitem', { name: 'Who used it' }).click())).toMatch(/^\uFEFFuser_id,username,.*\r\n.*,jun,1,/)
    await page.getByRole('link', { name: TITLE }).click()
    await expect(page).toHaveURL(/\/s\//)
    await page.goBack()
    await page.getByRole('button', { name: 'Add a budget' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'Name' }).fill('jun')
    await dialog.getByRole('textbox', { name: 'US dollars per day' }).fill('much')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toContainText('An amount in dollars')
    await dialog.getByRole('textbox', { name: 'US dollars per day' }).fill('2.50')
    await isClean(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(page.getByRole('listitem').filter({ hasText: 'jun' }).filter({ hasText: '$2.50' })).toBeVisible()
    const { budgets } = await read('budgets')
    expect(budgets.find((each: Body) => each['username'] === 'jun')).toMatchObject({ limit_micros: 2_500_000, own: true })
  })

  await test.step('people: somebody comes, gets another role, and goes', async () => {
    await to('People')
    await page.getByRole('button', { name: 'Add a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('sofia')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(dialog).toContainText(`${demo.origin}/#code=`)
    await isClean(page)
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    const row = page.getByRole('row').filter({ hasText: 'sofia' })
    await expect(row).toContainText('never here')
    await isClean(page)
    await pick(page, 'Role of sofia', 'Viewer')
    await expect(row.getByRole('button', { name: /^Role of sofia/ })).toContainText('Viewer')
    const found = async () => (await read('users?q=sofia'))['users'] as Body[]
    expect(await found()).toMatchObject([{ name: 'sofia', role: 'viewer' }])
    await row.getByRole('button', { name: 'More for sofia' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(row).toHaveCount(0)
    expect(await found()).toEqual([])
  })

  await test.step('sessions: everybody’s, and one is archived', async () => {
    await to('Sessions')
    const row = page.getByRole('row').filter({ hasText: TITLE })
    await expect(row).toContainText('jun')
    await isClean(page)
    await row.getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Archive', exact: true }).click()
    await expect(row).toHaveCount(0)
    await page.getByRole('radio', { name: 'Archived' }).click()
    await expect(row).toBeVisible()
    const { sessions } = await read('stats/sessions?archived=true')
    expect(sessions).toMatchObject([{ title: TITLE, archived: true }])
  })

  await test.step('tokens: one is made in the settings, shown once, and ends here', async () => {
    await page.goto(`${demo.origin}/settings`)
    await page.getByRole('button', { name: 'New token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'What is it for?' }).fill('nightly build')
    await dialog.getByRole('checkbox', { name: /^Run/ }).check()
    await dialog.getByRole('button', { name: 'Make token' }).click()
    await expect(dialog.getByRole('heading', { name: 'Copy the token now' })).toBeVisible()
    const token = /ens_\S+|[\w-]{40,}/.exec(await dialog.innerText())![0]
    expect((await api('GET', 'me', undefined, token)).body['user'].name).toBe('minji')
    await expect(dialog.getByRole('link', { name: 'Description of the API' })).toHaveAttribute('href', '/api/v1/docs')
    await dialog.getByRole('button', { name: 'I have it' }).click()
    await page.goto(`${demo.origin}/admin/tokens`)
    const row = page.getByRole('row').filter({ hasText: 'nightly build' })
    await expect(row).toContainText('minji')
    await expect(page.locator('body')).not.toContainText(token)
    await isClean(page)
    await row.getByRole('button', { name: 'Revoke “nightly build”' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(row).toHaveCount(0)
    expect((await api('GET', 'me', undefined, token)).status).toBe(401)
  })

  await test.step('audit: all of that is told, by kind too, and as a file', async () => {
    await to('Audit')
    for (const told of ['minji added sofia', 'minji set the budget of jun', 'minji removed sofia', 'minji revoked the token “nightly build”']) await expect(page.getByText(told)).toBeVisible()
    await isClean(page)
    await pick(page, 'What', 'People')
    await expect(page.getByText('minji revoked the token')).toHaveCount(0)
    await page.getByText('minji added sofia').click()
    await expect(page.getByRole('definition').filter({ hasText: 'user_added' })).toBeVisible()
    const csv = await saved(page, () => page.getByRole('button', { name: 'Save as CSV' }).click())
    const { entries } = await read('audit?action=user_added,user_removed,role_set')
    for (const { id, action, target } of entries as Body[]) expect([id, csv]).toEqual([id, expect.stringMatching(new RegExp(`${action}.*${target.name}`))])
    expect(csv).not.toContain('api_token_revoked')
    await page.getByLabel('until').fill('2020-01-01')
    await expect(page.getByText('Nothing fits this')).toBeVisible()
    await page.getByLabel('until').fill('')
    await pick(page, 'What', 'All kinds')
    await page.getByText(/minji archived/).click()
    await page.getByRole('button', { name: 'Only this session' }).click()
    await expect(page.getByText('minji added sofia')).toHaveCount(0)
    await expect(page.getByText(/minji archived/)).toBeVisible()
    await isClean(page)
  })

  expect(complaints).toEqual([])
})
