// Three people in three browsers, owner, collaborator and viewer: one session, what each sees and may do, also over a kill -9 of the relay.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { openDemo, type Demo } from './open-demo.ts'
import { allowOnce, begin, conversation, send, sessionList, signIn } from './people.ts'

test.describe.configure({ mode: 'serial' })
// Every turning thing is drawn by the processor here, in each of the three browsers: without them a page costs half.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

let demo: Demo
let minji: Page
let jun: Page
let priya: Page
const all = () => [minji, jun, priya]
const queue = (page: Page) => page.getByRole('region', { name: 'Queue' })
const composer = (page: Page) => page.locator('form:has(#composer)')
const WRITE = 'Claude wants to write a file'

/** In the list of each of the three, among the sessions that need someone. */
async function listsSay(words: string) {
  for (const page of all()) await expect(sessionList(page).locator('section', { hasText: 'Needs someone' })).toContainText(words)
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  demo = await openDemo()
  minji = await signIn(browser, demo, 'minji')
  jun = await signIn(browser, demo, 'jun')
  priya = await signIn(browser, demo, 'priya', { role: 'viewer' })
})
test.afterAll(async () => {
  for (const page of all()) await page?.context().close()
  await demo?.stop()
})

test('a prompt of one is seen by all; who may not answer sees who may, and no buttons', async () => {
  const address = await begin(minji)
  await minji.getByRole('button', { name: 'Share' }).click()
  await minji.getByRole('dialog').getByRole('button', { name: 'Invite jun' }).click()
  await expect(minji.getByRole('list', { name: 'People in this session' })).toContainText('jun')
  await minji.keyboard.press('Escape')
  await jun.goto(new URL('/settings', address).href)
  // A page that is still on its way hears of nothing.
  await expect(jun.getByRole('button', { name: /^Live/ })).toBeVisible()
  await send(minji, '/note @jun can you look at the limits')
  await expect(sessionList(jun)).toContainText('minji mentioned you')
  await expect(jun).toHaveTitle('● minji mentioned you · Ensemble')
  await jun.goto(address)
  await expect(conversation(jun)).toContainText('can you look at the limits')
  await expect(sessionList(jun)).not.toContainText('minji mentioned you')
  await Promise.all([jun.goto(address), priya.goto(address)])
  await send(minji, 'Give each partner a rate limit')
  for (const page of all()) await expect(page.getByRole('group', { name: WRITE })).toBeVisible({ timeout: 30_000 })
  for (const page of [minji, jun]) await expect(page.getByRole('button', { name: /^Allow once/ })).toHaveCount(1)
  const card = priya.getByRole('group', { name: WRITE })
  await expect(card).toContainText('minji or jun can answer')
  await expect(card.getByRole('button', { name: /Allow|Deny|session/ })).toHaveCount(0)
  await listsSay('wants to write a file')
})

test('the queue shows its authors to all three, and to each what they may do with it', async () => {
  await send(jun, 'Explain this project')
  await send(minji, 'Ask me something')
  for (const page of all()) {
    await expect(queue(page)).toContainText('2 waiting')
    await expect(queue(page).getByRole('listitem')).toHaveCount(2)
    await expect(queue(page).getByRole('listitem', { name: 'jun: Explain this project' })).toBeVisible()
    await expect(queue(page).getByRole('listitem', { name: 'minji: Ask me something' })).toBeVisible()
  }
  const deeds = async (page: Page, prompt: string) => {
    const row = queue(page).getByRole('listitem', { name: prompt })
    await row.hover()
    const buttons = await row.getByRole('button').all()
    return Promise.all(buttons.map((button) => button.getAttribute('aria-label')))
  }
  expect(await deeds(minji, 'minji: Ask me something')).toEqual(['Send now', 'Edit', 'Remove'])
  expect(await deeds(minji, 'jun: Explain this project')).toEqual(['Send now', 'Remove'])
  expect(await deeds(jun, 'jun: Explain this project')).toEqual(['Send now', 'Edit', 'Remove'])
  expect(await deeds(jun, 'minji: Ask me something')).toEqual([])
  for (const prompt of ['jun: Explain this project', 'minji: Ask me something']) expect(await deeds(priya, prompt)).toEqual([])
  await queue(jun).getByRole('button', { name: 'Hold' }).click()
  for (const page of all()) await expect(queue(page)).toContainText('Held by jun')
  await expect(queue(priya).getByRole('button', { name: 'Go on' })).toHaveCount(0)
  await queue(minji).getByRole('button', { name: 'Go on' }).click()
  for (const page of all()) await expect(queue(page)).not.toContainText('Held')
})

test('a viewer has nothing to press that is not theirs, and is told so', async () => {
  await expect(priya.getByText('Your account may only read')).toBeVisible()
  await expect(composer(priya)).toHaveCount(0)
  for (const name of [/^Stop/, /^Send/, /^Queue$/, /^Steer/, /^Hold/, /Attach/, /Edit and resend/, /^Permission mode/, /^Model/, /Rename/, /Share/]) await expect(priya.getByRole('button', { name }), String(name)).toHaveCount(0)
  // The same places have them for who may.
  for (const name of [/^Stop/, /^Steer/, /^Hold/, /Attach/, /Edit and resend/, /^Permission mode/, /Rename/]) await expect(jun.getByRole('button', { name }).first(), String(name)).toBeVisible()
})

test('the relay is killed while Claude waits to write: after the restart the other one allows it, and it is written once', async () => {
  test.setTimeout(120_000)
  const folder = join(demo.folder, 'src', 'webhooks')
  const untouched = ['limits.js', 'receive-booking.js']
  expect(readdirSync(folder).sort()).toEqual(untouched)
  await demo.kill()
  // What cannot be known is not shown as live, and nothing can be pressed in vain.
  for (const page of all()) await expect(page.getByRole('group', { name: WRITE })).toContainText('when you are back online', { timeout: 30_000 })
  await expect(jun.getByRole('button', { name: /^Allow once/ })).toHaveCount(0)
  await demo.startAgain()
  for (const page of all()) await expect(page.getByRole('group', { name: WRITE })).toBeVisible()
  await expect(jun.getByRole('button', { name: /^Allow once/ })).toHaveCount(1, { timeout: 40_000 })
  // One thing asks at a time: the answer is the way on.
  await expect(conversation(jun).getByRole('button', { name: 'Continue' })).toHaveCount(0)
  expect(readdirSync(folder).sort()).toEqual(untouched)

  await allowOnce(jun, WRITE)
  for (const page of all()) await expect(conversation(page)).toContainText(/jun allowed/, { timeout: 30_000 })
  // The next thing that Claude asks for: the one before is done.
  for (const page of all()) await expect(page.getByRole('group', { name: 'Claude wants to edit a file' }).first()).toBeVisible({ timeout: 30_000 })
  expect(readdirSync(folder).sort()).toEqual([...untouched, 'token-bucket.js'])
  expect(readFileSync(join(folder, 'token-bucket.js'), 'utf8')).toMatch(/^\/\*\* A token bucket with the clock handed in[^]*waitMs: 0 }\n {4}},\n {2}}\n}\n$/)
  const written = conversation(minji).getByRole('button', { name: /^Wrote token-bucket\.js/ })
  await expect(written, 'the call that the restart cut, and the one that was made').toHaveCount(2)
  await expect(written.filter({ hasNotText: 'stopped' })).toHaveCount(1)

  await minji.getByRole('tab', { name: 'Log' }).click()
  const entry = minji.getByRole('tabpanel').getByRole('listitem').filter({ hasText: 'src/webhooks/token-bucket.js' })
  await expect(entry).toHaveCount(1)
  await expect(entry).toContainText('jun allowed')
  await minji.getByRole('tab', { name: /^Now/ }).click()
  // The steps that were planned before the restart are the steps after it.
  const tasks = minji.getByRole('tabpanel').locator('section', { hasText: 'Tasks' }).getByRole('listitem')
  await expect(tasks).toHaveCount(3)
  await expect(tasks.first()).toContainText('Write the token bucket')
})

test('a question and a plan are answered by the second person; the viewer sees who may and who did', async () => {
  await queue(minji).getByRole('listitem', { name: 'minji: Ask me something' }).hover()
  await queue(minji).getByRole('listitem', { name: 'minji: Ask me something' }).getByRole('button', { name: 'Send now' }).click()
  const waits = async (title: string) => {
    for (const page of all()) await expect(page.getByRole('group', { name: title })).toContainText('minji or jun can answer')
    await expect(priya.getByRole('group', { name: title }).getByRole('button')).toHaveCount(0)
    return jun.getByRole('group', { name: title })
  }
  const question = await waits('What should count as one partner?')
  await listsSay('asks a question')
  await expect(priya.getByRole('radio', { name: 'The API key' })).toBeDisabled()
  await question.getByRole('radio', { name: 'The API key' }).check()
  await question.getByRole('button', { name: /^Answer/ }).click()
  for (const page of all()) await expect(conversation(page)).toContainText('jun answered: The API key')

  await send(minji, 'Plan the migration')
  // It waits while the turn before goes on after its answer, and runs by itself where that has ended.
  const waiting = queue(minji).getByRole('listitem', { name: 'minji: Plan the migration' })
  await expect(waiting.or(minji.getByRole('group', { name: 'Claude has a plan' }))).toBeVisible()
  await waiting.getByRole('button', { name: 'Send now' }).click({ timeout: 3_000 }).catch(() => undefined)
  const plan = await waits('Claude has a plan')
  await listsSay('has a plan')
  await plan.getByRole('button', { name: /^Approve, ask before edits/ }).click()
  for (const page of all()) {
    // Only what is near the view is drawn: whoever is not at the end goes there.
    const latest = page.getByRole('button', { name: 'Latest' })
    if (await latest.isVisible()) await latest.click()
    await expect(conversation(page)).toContainText('jun approved the plan')
  }
})

test('a private session is not there for who is not in it; roles and removal are felt on the open page', async () => {
  test.setTimeout(120_000)
  const address = await begin(minji)
  await minji.getByRole('heading', { level: 1 }).getByRole('button').click()
  await minji.getByLabel('Title', { exact: true }).fill('Quiet talks')
  await minji.keyboard.press('Enter')
  for (const page of [jun, priya]) await expect(sessionList(page)).toContainText('Quiet talks')

  await minji.getByRole('button', { name: 'Share' }).click()
  const dialog = minji.getByRole('dialog')
  const members = dialog.getByRole('list', { name: 'People in this session' })
  await dialog.getByRole('radio', { name: 'Only people in it' }).click()
  for (const page of [jun, priya]) await expect(sessionList(page)).not.toContainText('Quiet talks')
  await priya.goto(address)
  await expect(priya.getByText('You no longer have access to this session.')).toBeVisible()
  await expect(priya.getByText('Quiet talks')).toHaveCount(0)

  await expect(dialog).toContainText('A collaborator can have Claude run commands')
  await expect(dialog).toContainText(/Claude’s commands run (?:in|without) a sandbox/)
  await dialog.getByRole('radio', { name: 'Viewer' }).click()
  await dialog.getByRole('searchbox').fill('jun')
  await dialog.getByRole('button', { name: 'Invite jun' }).click()
  await expect(members.getByRole('listitem').filter({ hasText: 'jun' })).toContainText('Viewer')
  await expect(sessionList(jun)).toContainText('Quiet talks')
  await jun.goto(address)
  await expect(jun.getByText('You are a viewer here')).toBeVisible()

  await members.getByRole('button', { name: 'jun: Viewer' }).click()
  await minji.getByRole('menuitemradio', { name: 'Collaborator' }).click()
  await expect(composer(jun)).toBeVisible()
  await jun.locator('#composer').fill('a thought of mine')

  await members.getByRole('button', { name: /^Remove from the session: jun/ }).click()
  await expect(jun.getByText('You no longer have access to this session.')).toBeVisible()
  await expect(sessionList(jun)).not.toContainText('Quiet talks')
  await expect(composer(jun)).toHaveCount(0)
  for (const name of ['Share', 'Open panel']) await expect(jun.getByRole('button', { name })).toHaveCount(0)
  await expect(jun.getByRole('complementary', { name: 'Now' })).toHaveCount(0)
  await expect(jun.getByText('Quiet talks')).toHaveCount(0)
  await expect(members).not.toContainText('jun')

  // Invited again, he goes by himself: asked once more, because out of a private session there is no way back.
  await dialog.getByRole('searchbox').fill('jun')
  await dialog.getByRole('button', { name: 'Invite jun' }).click()
  await expect(sessionList(jun)).toContainText('Quiet talks')
  await jun.goto(address)
  const roster = (page: Page) => page.getByRole('complementary', { name: 'Now' }).locator('section', { hasText: 'jun' })
  await roster(jun).getByRole('button', { name: 'Leave the session' }).click()
  await jun.getByRole('dialog', { name: 'Leave “Quiet talks”?' }).getByRole('button', { name: 'Leave the session' }).click()
  await expect(jun.getByText('You left “Quiet talks”')).toBeVisible()
  await expect(sessionList(jun)).not.toContainText('Quiet talks')
  await expect(composer(jun)).toHaveCount(0)
  await expect(members).not.toContainText('jun')
  await minji.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  // The last owner stays.
  await expect(minji.getByRole('button', { name: 'Leave the session' })).toHaveCount(0)
})
