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
type Words = { titles: [string, string, string]; limit: string; half: string; rest: string; note: string }

const en: Words = {
  titles: ['Rate limits for partners', 'Tide tables for the quay', 'Berth plan for spring'],
  limit: 'Give each partner a rate limit, 60 calls a minute',
  half: 'The limit is in its place and all tests pass: a partner whose bucket is empty gets `429` with `Retry-After`. Two things to know before you merge:\n\n- **Buckets live in memory.** With two instances behind the balancer a partner ',
  rest: 'gets up to twice the limit.\n- Partners without a `limiter` are not limited, and none has one yet. Say so if you want it for all.',
  note: 'Ops are fine with 429s tonight, I asked.',
}
const ko: Words = {
  titles: ['파트너별 호출 한도', '부두 조석표', '봄 선석 배정'],
  limit: '파트너마다 분당 60회 호출 한도를 걸어 주세요',
  half: '한도를 걸었고 테스트도 모두 통과합니다. 버킷이 빈 파트너는 `Retry-After`와 함께 `429`를 받습니다. 병합하기 전에 알아 두실 것이 두 가지 있습니다.\n\n- **버킷은 메모리에 있습니다.** 인스턴스가 둘이면 ',
  rest: '한도가 두 배까지 늘어납니다.\n- `limiter`가 없는 파트너에는 한도가 걸리지 않고, 아직 아무에게도 없습니다. 모두에게 걸려면 말씀해 주세요.',
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
  const script = createDemoScript(home.workspace)
  // The last words of the demo's tour, in the language of the picture, held in the middle of a sentence.
  const wait = createGate()
  script.find(words.limit)!.steps.at(-1)!.parts = [{ kind: 'text', text: words.half, ...READING }, { kind: 'gate', gate: wait }, { kind: 'text', text: words.rest, ...READING }]
  const api = createScriptedMessagesApi({ script })
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
    await page.goto(`${relay.url}/s/${session}`)
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
    await allow.first().waitFor()
    while ((await allow.count()) > 0) await allow.first().click({ timeout: 2_000 }).catch(() => undefined)
    await conversation.getByText(words.half.split('- ').at(-1)!.replaceAll('**', '').slice(0, 12)).waitFor({ timeout: 60_000 })
    // Folded, what ran leaves room for the tools before it.
    await conversation.getByRole('button', { expanded: true }).filter({ hasText: 'node --test' }).last().click()
    // The fold leaves room below so that its row stays: once up and down again, and the end is the end.
    await conversation.evaluate((box) => {
      box.scrollTop = 0
      requestAnimationFrame(() => requestAnimationFrame(() => (box.scrollTop = box.scrollHeight)))
    })
    await page.waitForFunction((box) => box!.scrollTop > 0 && box!.scrollTop + box!.clientHeight >= box!.scrollHeight - 2, await conversation.elementHandle())
    await shoot(page, 'streaming')
    await jun.ask('command', { session_id: session, command: 'note', args: { content: words.note } })
    wait.open()
    await jun.until((frame) => frame.type === 'task' && frame.data.status === 'completed', 'the end of the work', 60_000)
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
