// The first token (§1): from Enter in a real browser to text on the page, against a bare pipe to the same CLI.
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { testEnvironment } from '../../support/child-environment.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { openRawSocket } from '../load/raw-socket.ts'
import { beginSession, openPage, promptUntil } from '../measure/open-page.ts'
import { pipeToClaude } from '../measure/pipe-to-claude.ts'
import { startRelayUnderLoad, type RelayUnderLoad } from '../measure/relay-under-load.ts'
import type { PartOptions, Section } from '../measure/section.ts'
import { median, pairedRatio, quantile } from '../measure/statistics.ts'
import { ms, number, table, targetTable, times, type Target } from '../measure/table.ts'
import { forgetWalk, legTable, readWalk, wallClock, watchWalks, type Walk } from '../measure/walk-legs.ts'

const promptsPerRound = 6
/** About what a person needs to open a session and write half a line: the process is started meanwhile. */
const writingMs = 2_500

type Api = ReturnType<typeof createScriptedMessagesApi>

export async function firstToken({ rounds, say }: PartOptions): Promise<Section> {
  const api = createScriptedMessagesApi()
  const relay = await startRelayUnderLoad({ claude: testEnvironment(api.url), settings: { CLAUDE_PREWARM: '1' }, pinned: false })
  try {
    const latency = await measureLatency(api, relay, rounds, say)
    const cadence = await measureCadence(api, relay, rounds)
    return { name: 'first-token', title: 'First token', text: report(rounds, latency, cadence) }
  } finally {
    await relay.stop()
    await api.stop()
  }
}

async function measureLatency(api: Api, relay: RelayUnderLoad, rounds: number, say: PartOptions['say']) {
  const { page, close } = await openPage(relay, watchWalks)
  const environment = testEnvironment(api.url)
  const pipe = pipeToClaude({ cwd: relay.home.workspace, env: environment })
  const socket = await socketSession(relay)
  const took = { browser: [] as number[], socket: [] as number[], pipe: [] as number[], pipeAskedMs: [] as number[], ahead: [] as number[], cold: [] as number[], walks: [] as Walk[] }
  let last = 0
  let askedAt = Promise.resolve(0)
  const prompt = (): [prompt: string, marker: string] => {
    last += 1
    const content = `question ${last}.`
    api.when(content).say(`pong-${last}. And a little more.`)
    askedAt = api.received((request) => request.prompt === content).then(wallClock)
    return [content, `pong-${last}.`]
  }
  // Once each, so that nobody is measured while something starts.
  await beginSession(page)
  await promptUntil(page, ...prompt())
  await pipe.ask(prompt()[0])
  await socket.ask(prompt()[0])
  for (let round = 0; round < rounds; round++) {
    for (let each = 0; each < promptsPerRound; each++) {
      const began = wallClock()
      took.pipe.push(await pipe.ask(prompt()[0]))
      took.pipeAskedMs.push((await askedAt) - began)
      await Bun.sleep(150)
      took.socket.push(await socket.ask(prompt()[0]))
      await Bun.sleep(150)
      await forgetWalk(page)
      took.browser.push(await promptUntil(page, ...prompt()))
      took.walks.push(await readWalk(page, took.browser.at(-1)!, await askedAt))
      await Bun.sleep(150)
    }
    const one = pipeToClaude({ cwd: relay.home.workspace, env: environment })
    took.cold.push(await one.ask(prompt()[0]))
    one.close()
    await beginSession(page)
    await Bun.sleep(writingMs)
    took.ahead.push(await promptUntil(page, ...prompt()))
    say(`first token ${round + 1}: browser ${ms(took.browser.at(-1)!)}, pipe ${ms(took.pipe.at(-1)!)}, new session ${ms(took.ahead.at(-1)!)}, process per prompt ${ms(took.cold.at(-1)!)}`)
  }
  pipe.close()
  socket.close()
  await close()
  return took
}

/** The relay without a browser: a session over a bare socket of the wire protocol. */
async function socketSession(relay: RelayUnderLoad) {
  const [token] = await relay.tokens(1, 'socket')
  const client = await connectProtocol({ url: relay.url, token: token!, name: 'socket' })
  const session = (await client.ask('create_session', { title: 'Socket' }))['session_id'] as string
  await client.ask('subscribe', {}, { channel: `session:${session}` })
  return {
    async ask(content: string): Promise<number> {
      const before = client.frames.length
      const next = (passes: (frame: (typeof client.frames)[number]) => boolean) => client.until((frame) => passes(frame) && client.frames.indexOf(frame) >= before)
      const began = performance.now()
      void client.request('claude_message', { session_id: session, content })
      await next(({ type }) => type === 'claude_response')
      const tookMs = performance.now() - began
      await next(({ type, data }) => type === 'task' && data['status'] === 'completed')
      return tookMs
    },
    close: client.close,
  }
}

/** 300 pieces a second to five browsers: how old each is when it comes, by the relay's own stamp, and whether all is in order. */
async function measureCadence(api: Api, relay: RelayUnderLoad, rounds: number) {
  const tokens = await relay.tokens(5)
  const ages: number[] = []
  let disordered = 0
  let pieces = 0
  let seconds = 0
  const author = await connectProtocol({ url: relay.url, token: tokens[0]!, name: 'author' })
  const session = (await author.ask('create_session', { title: 'Cadence' }))['session_id'] as string
  for (let round = 0; round < rounds; round++) {
    const text = Array.from({ length: 450 }, (_, index) => `${index} `.padStart(4, '.')).join('')
    api.when(`stream ${round}.`).say(text, { chunkChars: 4, everyMs: 3 })
    const done: Promise<void>[] = []
    const sockets = await Promise.all(tokens.map(async (token) => {
      const complete = Promise.withResolvers<void>()
      done.push(complete.promise)
      let length = 0
      const socket = await openRawSocket({ port: relay.port, path: '/ws', protocols: `ensemble.v1, bearer.${token}` }, (frameText) => {
        const now = Date.now()
        const parsed = JSON.parse(frameText) as Frame | Frame[]
        for (const { type, data, timestamp } of Array.isArray(parsed) ? parsed : [parsed]) {
          if (type !== 'claude_response') continue
          if (data.completed) {
            complete.resolve()
            continue
          }
          if (data.offset !== length) disordered += 1
          length = data.offset + data.content.length
          ages.push(now - timestamp)
        }
      })
      socket.send(JSON.stringify({ type: 'subscribe', id: 'here', channel: `session:${session}`, data: {}, timestamp: 0 }))
      return socket
    }))
    const began = performance.now()
    await author.ask('claude_message', { session_id: session, content: `stream ${round}.` })
    await Promise.all(done)
    seconds += (performance.now() - began) / 1000
    pieces += 450
    for (const socket of sockets) socket.drop()
  }
  author.close()
  return { ages, disordered, perSecond: pieces / seconds }
}
type Frame = { type: string; data: { completed: boolean; offset: number; content: string }; timestamp: number }

function report(rounds: number, took: Awaited<ReturnType<typeof measureLatency>>, cadence: Awaited<ReturnType<typeof measureCadence>>): string {
  const row = (name: string, values: readonly number[]) => [name, ms(median(values)), ms(quantile(values, 0.99)), String(values.length)]
  const rows = [
    row('browser, session in use: Enter to text on the page', took.browser),
    row('the same without a browser: a bare socket to the relay', took.socket),
    row('limit: the same prompt piped to a CLI that runs', took.pipe),
    row(`browser, new session opened ${number(writingMs / 1000)} s before Enter`, took.ahead),
    row('limit of old: a process for the prompt', took.cold),
  ]
  const warm = pairedRatio(took.browser, took.pipe)
  const more = median(took.browser) - median(took.pipe)
  const tail = quantile(took.browser, 0.99) - quantile(took.pipe, 0.99)
  const ahead = pairedRatio(took.ahead, took.cold)
  const late = cadence.ages.filter((age) => age > 16).length
  const socketMore = median(took.socket) - median(took.pipe)
  const leg = (from: keyof Walk, to: keyof Walk) => median(took.walks.map((walk) => walk[to] - walk[from]))
  const shared = `a bare socket to the relay has ${ms(socketMore)} more than the pipe; the browser needs ${ms(leg('key', 'sent'))} until it sends and ${ms(leg('came', 'shown'))} to show what came, and while it draws Claude, on the same two cores, takes ${ms(leg('committed', 'told'))} instead of ${ms(median(took.pipe))}`
  const started = 'the first turn of a process takes longer than the later ones, also over the pipe'
  const targets: Target[] = [
    { what: 'warm, against the pipe', target: '≤ 1.25×', measured: times(warm), met: warm <= 1.25, cause: shared },
    { what: 'warm, more at the median', target: '≤ 8 ms', measured: ms(more), met: more <= 8, cause: shared },
    { what: 'warm, more at p99', target: '≤ 25 ms', measured: ms(tail), met: tail <= 25, cause: shared },
    { what: 'new session started ahead, against a process per prompt', target: '≤ 0.25×', measured: times(ahead), met: ahead <= 0.25, cause: started },
    { what: 'pieces at five browsers within 16 ms of their arrival', target: 'all', measured: `${cadence.ages.length - late} of ${cadence.ages.length}, p99 ${ms(quantile(cadence.ages, 0.99))}`, met: late === 0, cause: 'the tail of a busy machine' },
    { what: 'pieces out of order', target: 'none', measured: String(cadence.disordered), met: cadence.disordered === 0 },
  ]
  return [
    `${rounds} rounds of ${promptsPerRound} prompts each, in turn with the pipe. The model is scripted and answers at once. Streaming ran at ${number(cadence.perSecond)} pieces a second, the time to the first one included.`,
    table(['', 'median', 'p99', 'prompts'], rows),
    legTable(took.walks, { askedMs: took.pipeAskedMs, firstMs: took.pipe }),
    `### Targets\n\n${targetTable(targets)}`,
  ].join('\n\n')
}
