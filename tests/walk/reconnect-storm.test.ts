// Text streams from the real CLI through the real relay while the way to the browser breaks again and again, and the relay dies.
import { afterEach, expect, test } from 'bun:test'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createGate } from '../../relay/demo/script.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { relayHome, startRelay, startRelayProcess } from '../support/start-relay.ts'
import { seededRandom } from '../src/connection/fake-clock.ts'
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

const BREAKS = 200

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

test('200 breaks at random bytes while text streams: the text is the source, every event was applied once', async () => {
  const random = seededRandom(seed)
  const api = createScriptedMessagesApi()
  stops.push(api.stop)
  // In pieces behind gates: the story never ends before the breaks do, however slow the machine is.
  const pieces = Array.from({ length: BREAKS / 10 }, () => longText(1_200, random))
  const gates = pieces.map(() => createGate())
  const source = pieces.join('')
  const story = api.when('tell me').think('A long story, then.')
  for (const [index, piece] of pieces.entries()) story.say(piece, { chunkChars: 10, everyMs: 5 }).hold(gates[index]!)
  const proxy = await createFaultProxy()
  const relay = await startRelay({ apiUrl: api.url, settings: { PUBLIC_URL: proxy.origin, CLAUDE_SANDBOX: 'off', MESSAGES_PER_SECOND: '1000' } })
  proxy.aim(relay.port)
  stops.push(proxy.stop, relay.stop)
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
  await until(() => textOf(witness).length > 0, 'text', 30_000)
  for (let broken = 0; broken < BREAKS; broken++) {
    const before = proxy.accepted()
    proxy.set({ cut: { direction: 'down', afterBytes: Math.floor(random() * 1_500), how: random() < 0.5 ? 'reset' : 'end' } })
    // Where the story waits at its gate no bytes come that could be cut.
    const impatient = setTimeout(proxy.reset, 250)
    await until(() => proxy.accepted() > before, 'broken and back', 30_000)
    clearTimeout(impatient)
    // What stands there is always a beginning of the source: never a hole, never a piece twice.
    const shown = textOf(session)
    if (!source.startsWith(shown)) throw new Error(`seed ${seed}: after ${broken} breaks the text is not the source at ${shown.length}`)
    if (broken % 10 === 9) gates[(broken - 9) / 10]!.open()
  }
  expect(witness.timeline.runningId).not.toBeNull()
  proxy.heal()
  await until(() => witness.timeline.runningId === null, 'the turn has ended', 60_000)
  await until(() => session.isCurrent && session.timeline.seq === witness.timeline.seq, 'caught up', 30_000)

  expect(textOf(session) === source, `seed ${seed}`).toBe(true)
  expect(textOf(witness) === source).toBe(true)
  expect(minji.applied(id), `seed ${seed}`).toEqual(everySeq(minji.applied(id)[0]!, session.timeline.seq))
  // Old state and all events make what a page that comes now reads at once.
  const late = await look(await come(relay.url, await codeFor('minji')), id)
  const shape = (each: typeof late) => each.timeline.items.map((item) => [item.kind, item.kind === 'turn' ? item.parts.map((part) => [part.kind, part.seq]) : item.seq])
  expect(shape(session)).toEqual(shape(late))
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
