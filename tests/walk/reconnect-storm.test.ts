// Text streams from the real CLI through the real relay while the way to the browser breaks again and again, and the relay dies.
import { afterEach, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createGate } from '../../relay/demo/script.ts'
import type { SessionStore } from '../../src/stores/use-session-store.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { relayHome, startRelay, startRelayProcess } from '../support/start-relay.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { until } from '../src/stores/test-browser.ts'
import { everySeq, openPerson, textOf, type Person } from './reconnect-browser.ts'

const stops: (() => unknown)[] = []
const people: Person[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  expect(people.splice(0).flatMap((each) => each.browser.problems)).toEqual([])
})

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
console.log(`reconnect storm seed ${seed}`)

const BREAKS = Number(process.env.BREAKS ?? 100)
/** A tool is used after so many breaks, and another block begins. */
const BLOCK_BREAKS = 20
/** At least: 60 that are waited for, and as many that the way can break in. */
const PIECE_CHARS = 120
const PACE = { chunkChars: 7, everyMs: 2 }
const LAST_WORDS = ' So far that.'

/** Words of several alphabets and widths, so that a cut in the middle of a character would show. */
function longText(chars: number, random: () => number): string {
  const words = ['quay', 'tide', 'harbour', '부두', '밀물과 썰물', '🚢', '👩‍💻', 'naïve', 'x'.repeat(40), '…', '\n\n', '`code`']
  let text = 'It begins.'
  while (text.length < chars) text += ` ${words[Math.floor(random() * words.length)]}`
  return `${text} It ends.`
}

async function come(origin: string, code: string, more: object = {}): Promise<Person> {
  const person = await openPerson({ origin, hash: `#code=${code}`, ...more })
  stops.push(person.browser.close)
  people.push(person)
  return person
}

async function look(person: Person, id: string) {
  const session = person.session(id)
  await session.open()
  await until(() => session.isCurrent, 'looking')
  return session
}

/** A block that is being written: its text so far, or null between blocks. */
function openText(session: SessionStore): string | null {
  const turn = session.timeline.items.at(-1)
  const part = turn?.kind === 'turn' ? turn.parts.at(-1) : undefined
  return part?.kind === 'text' && part.open && part.text.length > 0 ? part.text : null
}

test(`${BREAKS} breaks at random bytes while text streams (seed ${seed}): it grows between any two, in the end it is the source, every event was applied once`, async () => {
  const random = seededRandom(seed)
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  const api = createScriptedMessagesApi()
  stops.push(api.stop)
  // One piece before the breaks and one for each, and a gate behind it inside the block: however slow the machine is, text is still to come when the way breaks.
  const pieces = Array.from({ length: BREAKS + 1 }, () => longText(PIECE_CHARS, random))
  const gates = pieces.map(() => createGate())
  const reached: number[] = []
  let source = ''
  const proxy = await createFaultProxy()
  const relay = await startRelay({ apiUrl: api.url, settings: { PUBLIC_URL: proxy.origin, CLAUDE_SANDBOX: 'off', MESSAGES_PER_SECOND: '1000' } })
  proxy.aim(relay.port)
  stops.push(proxy.stop, relay.stop)
  writeFileSync(join(relay.home.workspace, 'quay.txt'), 'a quay')
  const story = api.when('tell me').think('A long story, then.')
  for (const [index, piece] of pieces.entries()) {
    source += piece
    reached.push(source.length)
    story.say(piece, PACE).hold(gates[index]!)
    if ((index + 1) % BLOCK_BREAKS !== 0 && index < BREAKS) continue
    source += LAST_WORDS
    story.say(LAST_WORDS, PACE)
    if (index < BREAKS) story.use('Read', { file_path: join(relay.home.workspace, 'quay.txt') })
  }
  const { accounts, signIn } = relay.relay.auth
  const codeFor = async (name: string) => {
    const user = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'user' }))
    return signIn.createCode(user.id, { loopbackOnly: false })
  }

  const minji = await come(proxy.origin, await codeFor('minji'), { random: () => random() * 0.1 })
  const made = await minji.sessions.create({ title: 'A story' })
  if (!made.ok) throw new Error(made.trouble.message)
  const id = made.data.session_id
  const session = await look(minji, id)
  // A witness on an unbroken line sees how it should look.
  const witness = await look(await come(relay.url, await codeFor('jun')), id)

  expect((await session.prompt({ content: 'tell me everything' }).answer).ok).toBe(true)
  await until(() => textOf(session).length === reached[0], 'the first piece', 30_000)
  const seen = { shown: 0, midText: 0, cuts: 0 }
  for (let broken = 0; broken < BREAKS; broken++) {
    const where = `seed ${seed}, break ${broken}`
    await until(() => session.isCurrent && textOf(session).length >= reached[broken]!, `${where}: back, and it has what there is`, 30_000)
    const grown = reached[broken]! + upTo(60)
    gates[broken]!.open()
    await until(() => textOf(session).length >= grown, `${where}: more of it`, 30_000)
    const before = proxy.accepted()
    const isBroken = () => !session.isCurrent || proxy.accepted() > before
    proxy.set({ cut: { direction: 'down', afterBytes: Math.floor(random() * 400), how: random() < 0.5 ? 'reset' : 'end' } })
    await until(() => isBroken() || textOf(session).length >= reached[broken + 1]!, `${where}: cut, or all of the piece came`, 30_000)
    if (isBroken()) seen.cuts += 1
    else proxy.reset()
    await until(isBroken, `${where}: noticed`, 30_000)
    proxy.heal()
    // What stands there is always a beginning of the source, and more than at the break before: never a hole, never a piece twice.
    const shown = textOf(session)
    if (!source.startsWith(shown)) throw new Error(`${where}: the text is not the source at ${shown.length}`)
    if (shown.length <= seen.shown) throw new Error(`${where}: nothing was written since the one before`)
    seen.shown = shown.length
    if (openText(session) !== null) seen.midText += 1
  }
  console.log(`reconnect storm: ${seen.midText} of ${BREAKS} breaks inside a block, ${seen.cuts} at a byte of it`)
  expect(seen.midText).toBeGreaterThanOrEqual(BREAKS * 0.75)
  expect(seen.cuts).toBeGreaterThanOrEqual(BREAKS * 0.75)
  expect(witness.timeline.runningId).not.toBeNull()
  gates.at(-1)!.open()
  await until(() => witness.timeline.runningId === null, 'the turn has ended', 60_000)
  await until(() => session.isCurrent && session.timeline.seq === witness.timeline.seq, 'caught up', 30_000)

  expect(textOf(session) === source, `seed ${seed}`).toBe(true)
  expect(textOf(witness) === source).toBe(true)
  expect(minji.applied(id), `seed ${seed}`).toEqual(everySeq(minji.applied(id)[0]!, session.timeline.seq))
  // Old state and all events make what a page that comes now reads at once.
  const late = await look(await come(relay.url, await codeFor('minji')), id)
  const shape = (each: typeof late) => each.timeline.items.map((item) => [item.kind, item.kind === 'turn' ? item.parts.map((part) => [part.kind, part.seq]) : item.seq])
  expect(shape(session)).toEqual(shape(late))
  expect(textOf(late) === source).toBe(true)
}, 180_000)

test('kill -9 of the relay while text streams: nothing acknowledged is lost, the partial text stays, the next prompt runs', async () => {
  const random = seededRandom(seed + 1)
  const api = createScriptedMessagesApi()
  stops.push(api.stop)
  const gate = createGate()
  const begun = longText(6_000, random)
  api.when('tell me').say(begun, { chunkChars: 40, everyMs: 1 }).hold(gate)
  api.when('and then').say('Then it went on.')
  const home = relayHome()
  stops.push(home.remove)
  const proxy = await createFaultProxy()
  stops.push(proxy.stop)
  const settings = { PUBLIC_URL: proxy.origin, CLAUDE_SANDBOX: 'off' } as const
  const first = await startRelayProcess({ apiUrl: api.url, settings, home })
  let present = first
  stops.push(() => present.stop())
  proxy.aim(first.port)

  const minji = await come(proxy.origin, first.code)
  const made = await minji.sessions.create({ title: 'A story' })
  if (!made.ok) throw new Error(made.trouble.message)
  const id = made.data.session_id
  const session = await look(minji, id)
  expect((await session.prompt({ content: 'tell me everything' }).answer).ok).toBe(true)
  await until(() => textOf(session).length > begun.length / 2, 'half of it', 60_000)
  const note = session.note('written just before')
  expect((await note.answer).ok).toBe(true)
  first.kill('SIGKILL')
  await first.exited()
  const shown = textOf(session)
  await until(() => !session.isCurrent, 'noticed')
  const waiting = session.prompt({ content: 'and then?' })
  await waiting.stored

  present = await startRelayProcess({ apiUrl: api.url, settings, home })
  proxy.aim(present.port)
  expect(await waiting.answer).toMatchObject({ ok: true })
  await until(() => textOf(session).includes('Then it went on.'), 'the next turn', 60_000)
  await until(() => session.timeline.runningId === null, 'ended', 30_000)

  const kept = textOf(session).replace('Then it went on.', '')
  expect(begun.startsWith(kept)).toBe(true)
  // The relay keeps partial text every 100 ms or 4 KB: no more than that may be missing of what was seen.
  expect(shown.length - kept.length).toBeLessThanOrEqual(4_096)
  expect(session.timeline.executions.map((each) => each.status)).toEqual(['interrupted', 'completed'])
  expect(session.timeline.items.filter((each) => each.kind === 'note').length).toBe(1)
  expect(session.timeline.items.filter((each) => each.kind === 'prompt').length).toBe(2)
  expect(minji.applied(id), `seed ${seed}`).toEqual(everySeq(minji.applied(id)[0]!, session.timeline.seq))
}, 180_000)
