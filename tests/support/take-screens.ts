// Takes the pictures in docs/screens: npm run screens. Real relay, real CLI, the demo's script; neutral folder and names.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'
import { createDemoScript } from '../../relay/demo/demo-script.ts'
import { prepareSampleWorkspace } from '../../relay/demo/sample-workspace.ts'
import { createGate } from '../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { prepareDataFolder } from '../../relay/data-folder.ts'
import { chromiumFlags, findChromium } from './browser.ts'
import { connectProtocol } from './protocol-client.ts'
import { startRelay, type RelayHome } from './start-relay.ts'

const root = join(import.meta.dir, '..', '..')
const screens = join(root, 'docs', 'screens')
const PASSWORD = 'a harbour at night'
const WIDTHS = [1440, 1024, 390] as const
const READING = { chunkChars: 12, everyMs: 8 }

type Look = { theme: 'light' | 'dark'; language: 'en' | 'ko'; words: Words }
type Words = { titles: [string, string, string]; limit: string; travel: string; half: string; rest: string; note: string }

const en: Words = {
  titles: ['Rate limits for partners', 'Tide tables for the quay', 'Berth plan for spring'],
  limit: 'Give each partner a rate limit, 60 calls a minute',
  travel: 'How does a booking travel through this project?',
  half: '**A booking takes three steps.** It comes in at `receive-booking.js`, is checked against the list of partners and goes into the queue:\n\n1. The key in `x-api-key` is looked up; a stranger gets 401.\n2. The booking waits in memory, in the order in which it came.\n3. The answer is 202 as soon as ',
  rest: 'it waits.',
  note: 'Ops are fine with 429s tonight, I asked.',
}
const ko: Words = {
  titles: ['파트너별 호출 한도', '부두 조석표', '봄 선석 배정'],
  limit: '파트너마다 분당 60회 호출 한도를 걸어 주세요',
  travel: '예약 하나가 이 프로젝트를 어떻게 지나가나요?',
  half: '**예약은 세 단계를 거칩니다.** `receive-booking.js`로 들어와 파트너 목록과 맞춰 보고 대기열에 들어갑니다.\n\n1. `x-api-key`의 키를 찾습니다. 모르는 키에는 401로 답합니다.\n2. 예약은 들어온 순서대로 메모리에서 기다립니다.\n3. 대기열에 들어가는 대로 ',
  rest: '202로 답합니다.',
  note: '오늘 밤 429가 나가도 운영팀은 괜찮다고 했어요.',
}

const LOOKS: Look[] = [
  { theme: 'light', language: 'en', words: en },
  { theme: 'dark', language: 'ko', words: ko },
]

/** A home that says nothing of this machine: its path is seen where Claude asks for a command. It is made, and gone afterwards. */
function neutralHome(): RelayHome {
  const folder = process.env['SCREENS_HOME'] ?? '/home/minji'
  if (existsSync(folder)) throw new Error(`${folder} is there already: it is made for the pictures and deleted. SCREENS_HOME names another one.`)
  const [data, workspace] = [join(folder, '.local', 'share', 'ensemble'), join(folder, 'harbor-api')]
  for (const each of [join(data, '..'), workspace]) mkdirSync(each, { recursive: true })
  prepareDataFolder(data)
  return { folder, data, workspace, claudeHome: folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** One relay, one browser, one look: its five moments. */
async function take(browser: Browser, { theme, language, words }: Look): Promise<void> {
  const home = neutralHome()
  await prepareSampleWorkspace(home.workspace)
  const api = createScriptedMessagesApi({ script: createDemoScript(home.workspace) })
  const relay = await startRelay({ home, apiUrl: api.url })
  const secrets = [homedir(), tmpdir(), root, hostname()].filter((each) => each.length > 1)

  /** The page as it is, at every width; `ready`: what must be there each time. */
  async function shoot(page: Page, moment: string, ready = page.locator('body'), widths: readonly number[] = WIDTHS): Promise<void> {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
      await page.mouse.move(0, 0)
      await ready.first().waitFor()
      await page.waitForLoadState('networkidle')
      await page.evaluate(() => document.fonts.ready)
      await page.screenshot({ path: join(screens, `${moment}-${width}-${theme}-${language}.png`), animations: 'disabled', caret: 'hide' })
      const seen = await page.locator('body').innerText()
      const told = secrets.filter((secret) => seen.includes(secret))
      if (told.length > 0) throw new Error(`${moment} at ${width} shows ${told.join(', ')}`)
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  try {
    const { accounts } = relay.relay.auth
    for (const name of ['minji', 'jun']) await accounts.add({ name, role: name === 'minji' ? 'admin' : 'user', password: PASSWORD })
    const minji = await connectProtocol({ url: relay.url, token: await relay.token('minji'), name: 'minji' })
    const jun = await connectProtocol({ url: relay.url, token: await relay.token('jun'), name: 'jun' })
    const ids: string[] = []
    for (const title of words.titles.toReversed()) {
      const { session_id } = await minji.ask('create_session', { title, visibility: 'workspace', permission_mode: 'acceptEdits' })
      ids.unshift(String(session_id))
    }
    const [session, tides] = ids as [string, string, string]
    for (const id of [session, tides]) await minji.ask('invite_user', { session_id: id, target_user_id: String(jun.frames[0]!.data.user.id), role: 'collaborator' })
    for (const id of [session, tides]) await jun.subscribe(`session:${id}`)
    await jun.ask('command', { session_id: tides, command: 'note', args: { content: words.note } })

    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, reducedMotion: 'reduce' })
    await context.addInitScript(([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('ensemble.theme', chosenTheme!)
      localStorage.setItem('ensemble.language', chosenLanguage!)
    }, [theme, language])
    const page = await context.newPage()
    await page.goto(relay.url)
    await page.locator('input[autocomplete=username]').fill('minji')
    await shoot(page, 'sign-in')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.locator('#composer').waitFor()

    const conversation = page.locator('[data-timeline]')
    const wait = createGate()
    api.when(words.travel).use('Read', { file_path: join(home.workspace, 'src/webhooks/receive-booking.js') }).say(words.half, READING).hold(wait).say(words.rest, READING)
    const begin = async (id: string, prompt: string) => {
      await page.goto(`${relay.url}/s/${id}`)
      await page.locator('#composer').fill(prompt)
      await page.locator('#composer').press('Enter')
    }
    await begin(session, words.travel)
    await conversation.getByText(words.half.trim().split('\n').at(-1)!.replace(/^\d\. /, '').slice(0, 12)).waitFor()
    await shoot(page, 'streaming')
    wait.open()
    await jun.until((frame) => frame.type === 'task' && frame.data.status === 'completed', 'the end of the answer')
    await jun.ask('command', { session_id: session, command: 'note', args: { content: words.note } })
    await page.locator('#composer').fill(words.limit)
    await page.locator('#composer').press('Enter')
    // A card that has just come takes no presses for a moment.
    const allow = page.getByRole('button', { name: /^(?:Allow once|한 번 허용)/, disabled: false })
    await allow.first().waitFor({ timeout: 60_000 })
    await shoot(page, 'permission', allow)
    // Seen from the list: what waits for somebody, what was said beside it.
    await page.goto(`${relay.url}/s/${tides}`)
    await shoot(page, 'sessions', page.getByText(words.note), [1440, 1024])
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: /^(?:Back to sessions|세션 목록으로)/ }).click()
    await shoot(page, 'sessions', page.getByText(words.titles[2]), [390])
    await page.goto(`${relay.url}/s/${session}`)
    const before = jun.frames.length
    await allow.first().waitFor()
    while ((await allow.count()) > 0) await allow.first().click({ timeout: 2_000 }).catch(() => undefined)
    await jun.until((frame) => jun.frames.indexOf(frame) >= before && frame.type === 'task' && frame.data.status === 'completed', 'the end of the work', 60_000)
    await page.locator('.spinner').first().waitFor({ state: 'detached' })
    await shoot(page, 'done')
    await context.close()
    for (const client of [minji, jun]) client.close()
  } finally {
    await relay.stop()
    await api.stop()
    home.remove()
  }
}

const found = findChromium()
if ('missing' in found) throw new Error(found.missing)
mkdirSync(screens, { recursive: true })
const browser = await chromium.launch({ executablePath: found.path, args: chromiumFlags })
try {
  for (const look of LOOKS) await take(browser, look)
} finally {
  await browser.close()
}
console.log(`docs/screens: ${LOOKS.length * WIDTHS.length * 5} pictures`)
