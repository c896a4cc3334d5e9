// `client.connect()` on a real relay: nothing lost or repeated on a bad way, positions, slow readers, refusals, and ends.
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CallRefused, createClient } from '../../../src/client.ts'
import type { Feed, Heard } from '../../../src/client/feed.ts'
import { createFollowExecution } from '../../../src/connection/follow-execution.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { eventually } from '../../support/eventually.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { openLive, seqsOf, startLiveRig, textsOf, upTo } from './live-rig.ts'

setDefaultTimeout(60_000)

const rig = await startLiveRig()
afterAll(() => rig.stop())
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
console.log(`live seed ${seed}`)

const refusal = (work: Promise<unknown>) => work.then(() => null, (error: unknown) => (error instanceof CallRefused ? error.code : error))
const isNote = (text: string) => ({ type, data }: Heard) => type === 'message' && data.role === 'note' && data.content === text
const note = (session_id: string, content: string) => ({ session_id, command: 'note' as const, args: { content } })

/** Reads up to a message, this one too. */
async function readTo(feed: Feed, isLast: (message: Heard) => boolean, into: Heard[] = []): Promise<Heard[]> {
  for (;;) {
    const { value, done } = await feed.next()
    if (done) throw new Error('the feed ended')
    into.push(value)
    if (isLast(value)) return into
  }
}

test('cut at random bytes: every event once and in order, every text whole, every command done once', async () => {
  const random = seededRandom(seed)
  const [writer, reader] = [await rig.live('ada', random), await rig.live('ada', random)]
  const { session_id } = await writer.send('create_session', { title: 'storm' })
  const text = Array.from({ length: 400 }, (_, n) => `word ${n} `).join('')
  rig.api.when('write much').think('How much? '.repeat(40), { chunkChars: 7, everyMs: 2 }).say(text, { chunkChars: 9, everyMs: 4 })
  const heard: Heard[] = []
  const feed = reader.subscribe(`session:${session_id}`, 'start')
  const reading = readTo(feed, isNote('the end'), heard)

  let isOver = false
  let broken = 0
  const breaking = (async () => {
    while (!isOver || broken < 40) {
      rig.proxy.set({ cut: { direction: random() < 0.5 ? 'up' : 'down', afterBytes: Math.floor(random() * 4_000), how: random() < 0.5 ? 'reset' : 'end' } })
      const before = rig.proxy.accepted()
      await eventually('somebody came back', () => rig.proxy.accepted() > before || isOver)
      broken += 1
    }
    rig.proxy.heal()
  })()
  const prompted = await writer.send('claude_message', { session_id, content: 'write much' }, { key: 'much' })
  for (let round = 0; round < 15; round++) await Promise.all([0, 1, 2].map((n) => writer.send('command', note(session_id, `note ${round}.${n}`))))
  await eventually('Claude is done', () => heard.some(({ type, data }) => type === 'task' && data.status === 'completed'), 40_000)
  isOver = true
  await breaking
  expect(await writer.send('claude_message', { session_id, content: 'write much' }, { key: 'much' })).toEqual(prompted)
  expect(await refusal(writer.send('claude_message', { session_id, content: 'something else' }, { key: 'much' }))).toBe('ID_REUSED')
  await writer.send('command', note(session_id, 'the end'))
  await reading

  const seqs = seqsOf(heard)
  expect(seqs).toEqual(upTo(seqs.length))
  const said = heard.flatMap(({ type, data }) => (type === 'message' ? [data.content] : []))
  expect(said.toSorted()).toEqual([...upTo(14, 0).flatMap((round) => [0, 1, 2].map((n) => `note ${round}.${n}`)), 'the end', 'write much'].toSorted())
  expect(textsOf(heard)).toEqual([{ whole: 'How much? '.repeat(40), parts: 'How much? '.repeat(40) }, { whole: text, parts: text }])
  expect(feed.position()).toEqual({ epoch: (await reader.ready()).epoch, seq: seqs.length })
  expect([reader.states.includes('waiting'), reader.state(), ...reader.problems, ...writer.problems]).toEqual([true, 'ready'])
})

test('a later run goes on where the one before has stopped reading, however much that one was given', async () => {
  const first = await rig.live('ada')
  const { session_id } = await first.send('create_session', { title: 'positions' })
  const channel = `session:${session_id}`
  const feed = first.subscribe(channel, 'start')
  await rig.publish(session_id, 0, 20)
  const log = (n: number) => ({ type, data }: Heard) => type === 'log' && data.text === `${n} `
  const heard = await readTo(feed, log(7))
  const position = feed.position()!
  expect(position.seq).toBe(heard.at(-1)!.seq!)
  expect(() => first.subscribe(channel)).toThrow('subscribed to already')
  first.close()
  expect(await feed.next()).toEqual({ done: true, value: undefined })

  const second = await rig.live('ada')
  await rig.publish(session_id, 20, 3)
  const rest = second.subscribe(channel, position)
  heard.push(...(await readTo(rest, log(22))))
  expect(seqsOf(heard)).toEqual(upTo(heard.at(-1)!.seq!))
  // Leaving a loop is leaving the channel: it can be subscribed to again.
  await rest.return()
  const last = second.subscribe(channel, { history: 2 })
  expect(seqsOf(await readTo(last, log(22)))).toEqual(seqsOf(heard).slice(-2))
  last.close()
  const fromNow = second.subscribe(channel)
  await eventually('it knows where now is', () => fromNow.position() !== null)
  expect(fromNow.position()).toEqual({ ...position, seq: heard.at(-1)!.seq! })
  await rig.publish(session_id, 23, 1)
  expect((await readTo(fromNow, log(23))).at(-1)!.seq).toBe(heard.at(-1)!.seq! + 1)
})

test('a script that is slower than its session holds little of it and misses nothing; one that was away for long reads pages', async () => {
  const live = await rig.live('ada')
  const { session_id } = await live.send('create_session', { title: 'long' })
  const { channels } = rig.relay.relay
  const feed = live.subscribe(`session:${session_id}`, 'start')
  const heard = [(await feed.next()).value as Heard]
  const members = channels.counts().members
  await rig.publish(session_id, 0, 3_000)
  await eventually('it has left the channel for a while', () => channels.counts().members === members - 1)
  const isLog = (n: number) => ({ type, data }: Heard) => type === 'log' && data.text.startsWith(`${n} `)
  await readTo(feed, isLog(2_999), heard)
  const { position } = feed
  const left = position()!
  await feed.return()
  await rig.publish(session_id, 3_000, 6_000, 'x'.repeat(200))
  await readTo(live.subscribe(`session:${session_id}`, left), isLog(8_999), heard)
  expect(seqsOf(heard)).toEqual(upTo(heard.at(-1)!.seq!))
  expect(heard.some(({ type }) => type === 'reset')).toBeFalse()
  const ahead = await rig.live('ada')
  expect(await refusal(ahead.subscribe(`session:${session_id}`, { ...left, seq: 1_000_000 }).next())).toBe('CONFLICT')
})

test('what a channel other than of a session has thrown away is told as missed, the latest of it follows', async () => {
  const live = await rig.live('grace')
  const { user, epoch } = await live.ready()
  const channel = `user:${user.id}`
  const { channels } = rig.relay.relay
  for (let page = 0; page < 11; page++) {
    await channels.publish({ events: Array.from({ length: 500 }, (_, n) => ({ channel, type: 'workspace', data: { workspace_id: `w${page * 500 + n}` } })) })
  }
  const feed = live.subscribe(channel, { epoch, seq: 1 })
  const heard = await readTo(feed, ({ type, data }) => type === 'workspace' && data.workspace_id === 'w5499')
  expect(heard[0]).toMatchObject({ type: 'reset', channel, data: { reason: 'missed', epoch } })
  const seqs = seqsOf(heard)
  expect(seqs).toEqual(upTo(seqs.at(-1)!, seqs.at(-1)! - 499))
})

test('commands are answered or refused by their code; an interrupt is asked now or not at all; what may not be read ends its feed', async () => {
  const [owner, other] = [await rig.live('ada'), await rig.live('heidi')]
  const { user } = await other.ready()
  const { session_id } = await owner.send('create_session', { visibility: 'private' })
  expect(await refusal(other.send('claude_message', { session_id, content: 'hello' }))).toBe('NOT_FOUND')
  expect(await refusal(other.send('claude_message', { session_id, content: 'hello' }, { key: 'k'.repeat(129) }))).toBe('VALIDATION')
  const wide = { request_id: 'r', behavior: 'allow' as const, updated_input: { list: Array(6_000).fill(0) } }
  expect(await refusal(other.send('permission_response', wide))).toBe('TOO_LARGE')
  expect(await refusal(other.subscribe(`session:${session_id}`).next())).toBe('NOT_FOUND')
  expect(await refusal(other.subscribe('nothing').next())).toBe('VALIDATION')
  await owner.send('invite_user', { session_id, target_user_id: user.id, role: 'viewer' })
  const feed = other.subscribe(`session:${session_id}`, 'start')
  await readTo(feed, ({ type }) => type === 'participant_joined')

  const gate = createGate()
  rig.api.when('stand still').say('Half').hold(gate)
  const { execution_id } = await owner.send('claude_message', { session_id, content: 'stand still' })
  await gate.reached
  const interrupt = { session_id, command: 'interrupt' as const, args: { execution_id } }
  expect(await refusal(other.send('command', interrupt))).toBe('FORBIDDEN')
  expect(await owner.send('command', interrupt)).toMatchObject({ execution_id })
  await readTo(feed, ({ type, data }) => type === 'task' && data.status === 'interrupted')
  gate.open()
  await owner.send('remove_user', { session_id, target_user_id: user.id })
  expect(await refusal(readTo(feed, () => false))).toBe('NOT_FOUND')
  // No link at the moment.
  rig.proxy.refuse(true)
  rig.proxy.reset()
  await eventually('it has noticed', () => owner.state() === 'waiting')
  expect(await refusal(owner.send('command', interrupt))).toBe('UNREACHABLE')
  const late = owner.send('command', note(session_id, 'when there is a link'))
  rig.proxy.refuse(false)
  expect(await late).toMatchObject({ message_id: expect.any(String) })
})

test('X5: a follower whose stream has fallen silent gives it up and comes back', async () => {
  const gate = createGate()
  rig.api.when('fall silent').say('Half').hold(gate).say(' and half.')
  const live = await rig.live('ada')
  const { execution_id } = await live.send('claude_message', { content: 'fall silent' })
  const clock = createFastClock(20)
  const follow = createFollowExecution({ fetch, base: rig.proxy.origin, bearer: await rig.relay.token('ada'), clock, random: () => 0.1 }, (trouble) => new CallRefused(trouble))
  const heard: Heard[] = []
  let isBlack = false
  for await (const message of follow(execution_id)) {
    heard.push(message)
    if (message.type !== 'claude_response' || message.data.completed || isBlack) continue
    isBlack = true
    rig.proxy.set({ blackHole: 'both' })
    const before = rig.proxy.accepted()
    gate.open()
    void eventually('it tries again', () => rig.proxy.accepted() > before).then(() => (rig.proxy.reset(), rig.proxy.heal()))
  }
  expect(seqsOf(heard)).toEqual(upTo((await createClient({ url: rig.relay.url, token: await rig.relay.token('ada') }).execution(execution_id)).seq))
  expect(heard.at(-1)).toMatchObject({ type: 'task', data: { status: 'completed' } })
})

test('C3, C7: a wrong token is said so and tried once; a revoked one ends everything with its reason', async () => {
  const handshakes = () => rig.relay.logged.filter(({ route, status }) => route === 'GET /ws' && status === 401).length
  const before = handshakes()
  const wrong = openLive({ base: rig.proxy.origin, token: 'ens_nothing' })
  const asked = wrong.send('create_session', {})
  const feed = wrong.subscribe('broadcast', 'start')
  expect(await refusal(wrong.ready())).toBe('UNAUTHORIZED')
  expect([await refusal(asked), await refusal(feed.next()), await refusal(wrong.send('create_session', {})), await refusal(wrong.subscribe('broadcast').next())]).toEqual(Array(4).fill('UNAUTHORIZED'))
  expect([wrong.states.at(-1), wrong.state()]).toEqual(['refused', 'refused'])
  // What would be tried again waits for a timer.
  expect([wrong.timers(), handshakes() - before]).toEqual([0, 1])

  const { accounts, signIn, identify, apiTokens } = { ...rig.relay.relay.auth }
  const ivan = (await accounts.find('ivan')) ?? (await accounts.add({ name: 'ivan', role: 'user' }))
  const browser = await signIn.byCode(await signIn.createCode(ivan.id, { loopbackOnly: false }), { address: null, agent: null })
  const who = { who: await identify(browser.accessToken, { address: null, agent: null }), answering: () => ({ committed: () => undefined }) }
  const { id, token } = await apiTokens.make(who, { name: 'live', scopes: ['read', 'run'], expires_in_days: 1 })
  const live = openLive({ base: rig.proxy.origin, token })
  const reading = live.subscribe(`user:${ivan.id}`, 'start').next()
  await live.ready()
  await apiTokens.revoke(who, id)
  const problem = (await reading.catch((error: unknown) => error)) as CallRefused
  expect([problem.code, problem.trouble.details]).toEqual(['UNAUTHORIZED', { reason: 'revoked' }])
  expect([live.state(), await refusal(live.send('create_session', {}))]).toEqual(['refused', 'UNAUTHORIZED'])
})

test('close leaves nothing: what was asked is refused, feeds end, and the relay sees the socket go', async () => {
  const client = createClient({ url: rig.relay.url, token: await rig.relay.token('judy') })
  const states: string[] = []
  const live = client.connect({ onState: (state) => void states.push(state) })
  const feed = live.subscribe('broadcast')
  await live.ready()
  const asked = live.send('create_session', { title: 'never answered' })
  const ended = feed.next()
  live.close()
  expect([await refusal(asked), await ended, states, await refusal(live.ready())]).toEqual(['ABORTED', { done: true, value: undefined }, ['ready', 'closed'], 'ABORTED'])
  live.close()
})

test.each(['bun', 'ws'])('close lets a script end although the relay does not answer any more: %s', async (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-live-'))
  const root = join(import.meta.dir, '..', '..', '..')
  const built = await Bun.build({ entrypoints: [join(root, 'src/client.ts')], target: 'browser' })
  writeFileSync(join(folder, 'client.mjs'), await built.outputs[0]!.text())
  // Node's own cannot be torn off: there it is the class of the package `ws`, as Playwright brings it along.
  const options = runtime === 'bun' ? '' : `WebSocket: createRequire('/')(${JSON.stringify(createRequire(import.meta.url).resolve('playwright-core/lib/utilsBundle'))}).ws,`
  const script = `import { createRequire } from 'node:module'
    import { createClient } from './client.mjs'
    const live = createClient({ ${options} url: '${rig.proxy.origin}', token: process.env.TOKEN }).connect()
    live.subscribe('broadcast')
    await live.ready()
    console.log('ready')
    process.stdin.once('data', () => (process.stdin.destroy(), live.close()))`
  writeFileSync(join(folder, 'script.mjs'), script)
  const child = Bun.spawn([runtime === 'bun' ? process.execPath : 'node', 'script.mjs'], { cwd: folder, env: { PATH: process.env.PATH!, TOKEN: await rig.relay.token('kim') }, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
  await child.stdout.getReader().read()
  rig.proxy.set({ blackHole: 'both' })
  child.stdin.write('close\n')
  await child.stdin.flush()
  const ended = await Promise.race([child.exited, Bun.sleep(20_000).then(() => 'still there')])
  child.kill('SIGKILL')
  rig.proxy.heal()
  rig.proxy.reset()
  rmSync(folder, { recursive: true, force: true })
  expect([ended, await new Response(child.stderr).text()]).toEqual([0, ''])
})
