// In the browser (§6): what is loaded first, streaming into a long answer, opening a long session, one step of the reducer.
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from '@playwright/test'
import { createLog } from '../../../relay/observability/log.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { systemClock } from '../../../relay/clock.ts'
import { openStorage } from '../../../relay/storage/storage.ts'
import { reduceTimeline } from '../../../src/timeline/reduce-timeline.ts'
import { EMPTY_TIMELINE } from '../../../src/timeline/timeline.ts'
import { tellStory, type Step } from '../../src/timeline/session-story.ts'
import { testEnvironment } from '../../support/child-environment.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { beginSession, openPage } from '../measure/open-page.ts'
import { startRelayUnderLoad, type RelayUnderLoad } from '../measure/relay-under-load.ts'
import type { PartOptions, Section } from '../measure/section.ts'
import { median, quantile } from '../measure/statistics.ts'
import { ms, number, table, targetTable, type Target } from '../measure/table.ts'

const dist = join(import.meta.dir, '..', '..', '..', 'dist')
const turn: Step[] = ['prompt', 'begin', 'delta', 'delta', 'end', 'tool', 'result', 'begin', 'delta', 'delta', 'end', 'complete']
const eventsOfLongSession = 10_000
const lastWords = 'the very last words'
const streamedTokens = 900

export async function browser({ rounds, say }: PartOptions): Promise<Section> {
  if (!existsSync(join(dist, 'index.html'))) throw new Error('There is no dist: run "npm run build" first.')
  const step = measureReducer(rounds)
  const api = createScriptedMessagesApi()
  const relay = await startRelayUnderLoad({ claude: testEnvironment(api.url), settings: { CLAUDE_PREWARM: '1' }, pinned: false })
  try {
    const long = await longSession(relay)
    const { page, close } = await openPage(relay)
    const loaded = await sizesOf(page, `${relay.url}/s/${long}`)
    say(`first load: ${number(loaded.scriptKb)} KB of scripts, ${number(loaded.styleKb)} KB of styles`)
    const cdp = await page.context().newCDPSession(page)
    const opened = await measureOpening(page, cdp, long, rounds)
    say(`${eventsOfLongSession} events open in ${ms(median(opened.tookMs))}`)
    const streamed = await measureStreaming(page, cdp, relay, api, Math.min(rounds, 3))
    await close()
    return { name: 'browser', title: 'In the browser', text: report({ step, loaded, opened, streamed }) }
  } finally {
    await relay.stop()
    await api.stop()
  }
}

function story(events: number) {
  const frames = tellStory(Array.from({ length: Math.ceil(events / 7) + 1 }, () => turn).flat())
  const end = frames.findIndex((frame) => frame.seq === events)
  return frames.slice(0, end + 1)
}

/** Microseconds of a step, over a session of 10,000 events with its deltas: the whole, and its last tenth. */
function measureReducer(rounds: number) {
  const frames = story(eventsOfLongSession)
  const all: number[] = []
  const late: number[] = []
  const copies: number[] = []
  for (let round = -1; round < rounds; round++) {
    let timeline = EMPTY_TIMELINE
    const tenth = Math.floor(frames.length * 0.9)
    const began = performance.now()
    for (const frame of frames.slice(0, tenth)) timeline = reduceTimeline(timeline, frame)
    const middle = performance.now()
    for (const frame of frames.slice(tenth)) timeline = reduceTimeline(timeline, frame)
    const ended = performance.now()
    if (round < 0) continue
    all.push(((ended - began) / frames.length) * 1000)
    late.push(((ended - middle) / (frames.length - tenth)) * 1000)
    // What keeping the timeline before as it was costs by itself: each change copies the list of items.
    const { items } = timeline
    const copying = performance.now()
    for (let at = 0; at < items.length; at++) items.with(at, items[at]!)
    copies.push(((performance.now() - copying) / items.length) * 1000)
  }
  return { allUs: median(all), lateUs: median(late), copyUs: median(copies) }
}

/** Written by the product's own storage beside the relay, and the last event by the relay itself. */
async function longSession(relay: RelayUnderLoad): Promise<string> {
  const [token] = await relay.tokens(1)
  const [id] = await relay.sessions(token!, 1)
  const storage = await openStorage({ url: `sqlite:${join(relay.home.data, 'ensemble.sqlite')}`, clock: systemClock, log: createLog(() => undefined, systemClock) })
  const events = story(eventsOfLongSession)
    .filter((frame) => frame.seq !== undefined)
    .map(({ type, data, timestamp }) => ({ channel: `session:${id}`, type, data: JSON.stringify({ ...data, session_id: id }), timestamp: timestamp ?? 0 }))
  for (let at = 0; at < events.length; at += 500) await storage.commit({ events: events.slice(at, at + 500) })
  await storage.close()
  const client = await connectProtocol({ url: relay.url, token: token!, name: 'last words' })
  await client.ask('command', { session_id: id, command: 'note', args: { content: lastWords } })
  client.close()
  return id!
}

/** What Chromium has asked for until the conversation stood there with its field, as gzip sends it. What is fetched behind that first picture comes later. */
async function sizesOf(signedIn: Page, url: string) {
  const page = await signedIn.context().newPage()
  await page.addInitScript(() => {
    new MutationObserver((_changes, observer) => {
      if (!document.querySelector('#composer')) return
      observer.disconnect()
      requestAnimationFrame(() => performance.mark('stands'))
    }).observe(document, { childList: true, subtree: true })
  })
  await page.goto(url)
  await page.locator('#composer').waitFor()
  const names = await page.evaluate(() => {
    const stands = performance.getEntriesByName('stands')[0]!.startTime
    return performance.getEntriesByType('resource').filter((entry) => entry.startTime < stands).map((entry) => new URL(entry.name).pathname)
  })
  await page.close()
  const gz = (name: string) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length / 1024
  const largest = [...new Set(names)].filter((name) => name.endsWith('.js')).map((name) => ({ name: basename(name), kb: gz(name) })).sort((a, b) => b.kb - a.kb).slice(0, 6)
  const kb = (ending: string) => [...new Set(names)].filter((name) => name.endsWith(ending)).reduce((sum, name) => sum + gz(name), 0)
  return { scriptKb: kb('.js'), styleKb: kb('.css'), largest }
}

async function measureOpening(page: Page, cdp: CDPSession, id: string, rounds: number) {
  const tookMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    await beginSession(page)
    const link = page.locator(`a[href="/s/${id}"]`).first()
    await link.waitFor()
    tookMs.push(await link.evaluate((anchor, wanted) =>
      new Promise<number>((resolve) => {
        const began = performance.now()
        const observer = new MutationObserver(() => {
          if (!document.querySelector('[aria-label=Conversation]')?.textContent?.includes(wanted)) return
          observer.disconnect()
          requestAnimationFrame(() => resolve(performance.now() - began))
        })
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
        ;(anchor as HTMLElement).click()
      }), lastWords))
  }
  const framesPerSecond = await page.evaluate(async () => {
    const conversation = document.querySelector('[aria-label=Conversation]')!
    const scroller = [conversation, ...conversation.querySelectorAll('*')].find((each) => each.scrollHeight > each.clientHeight + 200 && getComputedStyle(each).overflowY !== 'visible') ?? conversation
    const began = performance.now()
    let frames = 0
    while (performance.now() - began < 2_000) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      scroller.scrollTop -= 120
      frames += 1
    }
    return frames / 2
  })
  await cdp.send('HeapProfiler.enable')
  await cdp.send('HeapProfiler.collectGarbage')
  await cdp.send('Performance.enable')
  const heapMb = (await metrics(cdp))('JSHeapUsedSize') / 1024 ** 2
  return { tookMs, framesPerSecond, heapMb }
}

/** How smoothly a page is drawn, and what its main thread computes for it, by kind: until `end` stands in its conversation, or (null: it has none) `begin` resolves. */
async function watchDrawing(page: Page, cdp: CDPSession, end: string | null, begin: () => Promise<void>): Promise<Drawing> {
  const before = await metrics(cdp)
  const watched = page.evaluate((words) =>
    new Promise<{ frames: number; longest: number; longTasks: number; tookMs: number }>((resolve) => {
      let frames = 0
      let longest = 0
      let longTasks = 0
      const tasks = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          longTasks += 1
          longest = Math.max(longest, entry.duration)
        }
      })
      tasks.observe({ entryTypes: ['longtask'] })
      const began = performance.now()
      // Every so many frames only: reading all text is work, too.
      const isOver = () => (words === null ? 'isOver' in window : frames % 12 === 0 && document.querySelector('[aria-label=Conversation]')?.textContent?.includes(words))
      const look = () => {
        frames += 1
        if (!isOver()) return void requestAnimationFrame(look)
        tasks.disconnect()
        resolve({ frames, longest, longTasks, tookMs: performance.now() - began })
      }
      requestAnimationFrame(look)
    }), end)
  await begin()
  if (end === null) await page.evaluate(() => Object.assign(window, { isOver: true }))
  const { frames, longest, longTasks, tookMs } = await watched
  const after = await metrics(cdp)
  const usPerToken = (name: string) => ((after(name) - before(name)) * 1_000_000) / streamedTokens
  return {
    framesPerSecond: frames / (tookMs / 1000),
    longestMs: longest,
    longTasks,
    tokensPerSecond: streamedTokens / (tookMs / 1000),
    // What the page itself computed: in the duration of its tasks others have their share.
    busyUs: usPerToken('ThreadTime'),
    scriptUs: usPerToken('ScriptDuration'),
    layoutUs: usPerToken('LayoutDuration') + usPerToken('RecalcStyleDuration'),
  }
}
type Drawing = { framesPerSecond: number; longestMs: number; longTasks: number; tokensPerSecond: number; busyUs: number; scriptUs: number; layoutUs: number }

async function metrics(cdp: CDPSession): Promise<(name: string) => number> {
  const all = (await cdp.send('Performance.getMetrics')).metrics
  return (name) => all.find((each) => each.name === name)!.value
}

/** An answer with code in it: so many KB at once, and then tokens at their pace. `empty`: the same to somebody else, beside a page with nothing in it. */
async function measureStreaming(page: Page, cdp: CDPSession, relay: RelayUnderLoad, api: ReturnType<typeof createScriptedMessagesApi>, rounds: number) {
  const paragraph = 'The queue keeps its order and `drain()` waits. '.repeat(8)
  const code = `\n\n\`\`\`ts\nexport function drain(queue: Queue): void {\n  while (queue.length > 0) queue.shift()!.run()\n}\n\`\`\`\n\n`
  const body = (kb: number) => `${paragraph}${code}`.repeat(Math.ceil((kb * 1024) / (paragraph.length + code.length))).slice(0, kb * 1024)
  const tail = Array.from({ length: streamedTokens }, (_, index) => (index % 12 === 11 ? '.\n\n' : 'word')).join(' ').slice(0, streamedTokens * 4)
  const results = { short: [] as Drawing[], long: [] as Drawing[], empty: [] as Drawing[] }
  const [token] = await relay.tokens(1, 'listener')
  const listener = await connectProtocol({ url: relay.url, token: token!, name: 'listener' })
  let last = 0
  const script = (kb: number) => {
    last += 1
    const gate = createGate()
    api.when(`tell ${last}.`).say(`begin-${last} ${body(kb)}`, { chunkChars: 4096 }).hold(gate).say(`${tail} end-${last}`, { chunkChars: 4, everyMs: 3 })
    return { gate, prompt: `tell ${last}.`, end: `end-${last}` }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [length, kb] of [['short', 1], ['long', 16]] as const) {
      const { gate, prompt, end } = script(kb)
      await beginSession(page)
      await page.locator('#composer').fill(prompt)
      await page.locator('#composer').press('Enter')
      await gate.reached
      await Bun.sleep(700)
      results[length].push(await watchDrawing(page, cdp, end, async () => gate.open()))
    }
    const { gate, prompt } = script(16)
    const session = (await listener.ask('create_session', { title: 'Beside' }))['session_id'] as string
    await listener.ask('subscribe', {}, { channel: `session:${session}` })
    await listener.ask('claude_message', { session_id: session, content: prompt })
    await gate.reached
    const blank = await page.context().newPage()
    const beside = await blank.context().newCDPSession(blank)
    await beside.send('Performance.enable')
    await Bun.sleep(700)
    results.empty.push(await watchDrawing(blank, beside, null, async () => {
      gate.open()
      await listener.until(({ type, channel, data }) => type === 'task' && channel === `session:${session}` && data['status'] === 'completed')
    }))
    await blank.close()
    await page.bringToFront()
  }
  listener.close()
  return results
}

type Measured = {
  step: ReturnType<typeof measureReducer>
  loaded: Awaited<ReturnType<typeof sizesOf>>
  opened: Awaited<ReturnType<typeof measureOpening>>
  streamed: Awaited<ReturnType<typeof measureStreaming>>
}

function report({ step, loaded, opened, streamed }: Measured): string {
  const middle = (all: readonly Drawing[], pick: (each: Drawing) => number) => median(all.map(pick))
  const row = (name: string, all: readonly Drawing[]) => [
    name,
    number(middle(all, (each) => each.tokensPerSecond)),
    number(middle(all, (each) => each.framesPerSecond)),
    number(middle(all, (each) => each.longTasks)),
    ms(middle(all, (each) => each.longestMs)),
    us(middle(all, (each) => each.busyUs)),
    us(middle(all, (each) => each.scriptUs)),
    us(middle(all, (each) => each.layoutUs)),
  ]
  const us = (value: number) => `${number(value)} µs`
  const fps = middle(streamed.long, (each) => each.framesPerSecond)
  const longTasks = middle(streamed.long, (each) => each.longTasks)
  const growth = middle(streamed.long, (each) => each.busyUs) / middle(streamed.short, (each) => each.busyUs)
  const grows = (pick: (each: Drawing) => number) => us(middle(streamed.long, pick) - middle(streamed.short, pick))
  const busy = `an empty page beside the same answer, which somebody else heard, had ${number(middle(streamed.empty, (each) => each.framesPerSecond))} frames a second and ${number(middle(streamed.empty, (each) => each.longTasks))} tasks over 50 ms`
  const more = `a token in the longer answer costs ${grows((each) => each.scriptUs)} more in scripts, ${grows((each) => each.layoutUs)} in style and layout, the rest in paint and compositing`
  const targets: Target[] = [
    { what: 'scripts of the first load, gz', target: '≤ 160 KB', measured: `${number(loaded.scriptKb)} KB`, met: loaded.scriptKb <= 160, cause: `counted until the composer stands, so with parts that the page fetches once it is idle (\`src/later.ts\`); what the page itself asks for is held to 160 KiB by the size check of \`npm test\`. Largest: ${loaded.largest.map(({ name, kb }) => `${name} ${number(kb)}`).join(', ')}` },
    { what: 'styles of the first load, gz', target: '≤ 25 KB', measured: `${number(loaded.styleKb)} KB`, met: loaded.styleKb <= 25, cause: 'styles of parts that are not shown yet come with it' },
    { what: 'tasks over 50 ms while streaming into 20 KB', target: 'none', measured: number(longTasks), met: longTasks === 0, cause: busy },
    { what: 'frames a second there', target: '≥ 55', measured: number(fps), met: fps >= 55, cause: busy },
    { what: 'cost of a token in 20 KB against in 5 KB', target: 'flat (≤ 1.3×)', measured: `${number(growth)}×`, met: growth <= 1.3, cause: more },
    { what: `a session of ${eventsOfLongSession} events opens in`, target: '≤ 300 ms', measured: ms(median(opened.tookMs)), met: median(opened.tookMs) <= 300 },
    { what: 'scrolls at', target: '60 frames/s', measured: number(opened.framesPerSecond), met: opened.framesPerSecond >= 59, cause: 'Chromium paints without a GPU here, on the cores of everything else, and rows seen for the first time are measured; how much is which has not been separated' },
    { what: 'heap with it open', target: '≤ 150 MB', measured: `${number(opened.heapMb)} MB`, met: opened.heapMb <= 150 },
    { what: 'a step of the reducer (Bun)', target: '≤ 20 µs', measured: `${number(step.allUs)} µs, ${number(step.lateUs)} µs in the last tenth`, met: step.lateUs <= 20, cause: `the list of items is copied with each change: ${number(step.copyUs)} µs at that length` },
  ]
  return [
    `Chromium without a window, relay, CLI and model on the same two cores: frames and long tasks suffer from that more than on a desk. Opening: click in the list to the last event painted, ${opened.tookMs.length} times, slowest ${ms(quantile(opened.tookMs, 1))}.`,
    table(
      ['streaming', 'tokens/s', 'frames/s', 'tasks > 50 ms', 'longest', 'main thread per token', 'scripts', 'style, layout'],
      [row('into an answer of 1 KB', streamed.short), row('into an answer of 16 KB', streamed.long), row('to somebody else, beside an empty page', streamed.empty)],
    ),
    `### Targets\n\n${targetTable(targets)}`,
  ].join('\n\n')
}
