// Real relay, real browser code, a bad way between them: what was said arrives once, in order, at everyone.
import { afterEach, expect, test } from 'bun:test'
import { createFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { startRelay, type StartedRelay } from '../support/start-relay.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { until } from '../src/stores/test-browser.ts'
import { everySeq, notesOf, openPerson, type Person } from './reconnect-browser.ts'

const stops: (() => unknown)[] = []
const people: Person[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  expect(people.splice(0).flatMap((each) => each.browser.problems)).toEqual([])
})

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
console.log(`reconnect seed ${seed}`)

async function setUp(): Promise<{ relay: StartedRelay; proxy: FaultProxy; come: (name: string, more?: object) => Promise<Person> }> {
  const proxy = await createFaultProxy()
  const relay = await startRelay({ settings: { PUBLIC_URL: proxy.origin, PROMPTS_PER_SECOND: '1000', MESSAGES_PER_SECOND: '1000' } })
  proxy.aim(relay.port)
  stops.push(proxy.stop, relay.stop)
  const { accounts, signIn } = relay.relay.auth

  async function come(name: string, more: object = {}): Promise<Person> {
    const user = (await accounts.find(name)) ?? (await accounts.add({ name, role: 'user' }))
    const code = await signIn.createCode(user.id, { loopbackOnly: false })
    const person = await openPerson({ origin: proxy.origin, hash: `#code=${code}`, ...more })
    stops.push(person.browser.close)
    people.push(person)
    return person
  }
  return { relay, proxy, come }
}

async function newSession(person: Person, title = 'storm'): Promise<string> {
  const made = await person.sessions.create({ title })
  if (!made.ok) throw new Error(made.trouble.message)
  return made.data.session_id
}

async function look(person: Person, id: string) {
  const session = person.session(id)
  await session.open()
  await until(() => session.isCurrent, `${person.account.user?.name} looks at ${id}`)
  return session
}

test('two people, 120 breaks at random bytes: every note once and in order at both, every command one effect', async () => {
  const random = seededRandom(seed)
  const { proxy, come } = await setUp()
  // Impatient browsers: the longer waits of many failures are tested elsewhere.
  const minji = await come('minji', { random: () => random() * 0.1 })
  const jun = await come('jun', { random: () => random() * 0.1 })
  const id = await newSession(minji)
  const [hers, his] = [await look(minji, id), await look(jun, id)]

  let broken = 0
  const breaking = (async () => {
    while (broken < 120) {
      proxy.set({ cut: { direction: random() < 0.5 ? 'up' : 'down', afterBytes: Math.floor(random() * 3_000), how: random() < 0.5 ? 'reset' : 'end' } })
      const before = proxy.accepted()
      await until(() => proxy.accepted() > before, 'somebody came back', 30_000)
      broken += 1
    }
    proxy.heal()
  })()
  const said: string[][] = [[], []]
  const answers: Promise<{ ok: boolean }>[] = []
  const talking = (async () => {
    for (let round = 0; broken < 120; round++) {
      for (const [who, session] of [hers, his].entries()) {
        const text = `${who} says ${round}`
        said[who]!.push(text)
        answers.push(session.note(text).answer)
      }
      await until(() => hers.outbox.length < 20 && his.outbox.length < 20, 'room', 60_000)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  await Promise.all([breaking, talking])
  const outcomes = await Promise.all(answers)
  expect(outcomes.every((each) => each.ok), `seed ${seed}`).toBe(true)
  await until(() => notesOf(hers).length === answers.length && notesOf(his).length === answers.length, 'all there', 30_000)

  for (const session of [hers, his]) {
    expect(notesOf(session)).toEqual(notesOf(hers))
    for (const [who, texts] of said.entries()) expect(notesOf(session).filter((text) => text.startsWith(`${who} `)), `seed ${seed}`).toEqual(texts)
  }
  for (const person of [minji, jun]) {
    const seqs = person.applied(id)
    expect(seqs, `seed ${seed}`).toEqual(everySeq(seqs[0]!, hers.timeline.seq))
  }
}, 120_000)

test('two tabs of one person give commands while the way breaks: each has one effect', async () => {
  const random = seededRandom(seed + 1)
  const { proxy, come } = await setUp()
  const outboxName = `walk-${crypto.randomUUID()}`
  const one = await come('minji', { outboxName })
  const other = await come('minji', { outboxName, storage: one.browser.storage })
  const id = await newSession(one)
  const sessions = [await look(one, id), await look(other, id)]
  const deliveries = Array.from({ length: 60 }, (_, index) => sessions[index % 2]!.note(`note ${index}`))
  let waiting = true
  void Promise.all(deliveries.map((each) => each.answer)).finally(() => (waiting = false))
  while (waiting) {
    // By what was sent and not by the clock: a slow machine is not broken faster than it can connect.
    const enough = proxy.passed.up + Math.floor(random() * 12_000)
    await until(() => !waiting || proxy.passed.up >= enough, 'something is sent', 30_000)
    proxy.reset()
  }
  expect((await Promise.all(deliveries.map((each) => each.answer))).every((each) => each.ok)).toBe(true)
  for (const session of sessions) {
    await until(() => notesOf(session).length >= 60, 'all there')
    expect(notesOf(session).toSorted()).toEqual(Array.from({ length: 60 }, (_, index) => `note ${index}`).toSorted())
    await until(() => session.outbox.length === 0, 'nothing waits')
  }
}, 60_000)

test('a black hole is noticed and left; what was said into it arrives once', async () => {
  for (const blackHole of ['both', 'up', 'down'] as const) {
    const { proxy, come } = await setUp()
    const minji = await come('minji')
    const id = await newSession(minji)
    const session = await look(minji, id)
    const since = proxy.accepted()
    proxy.set({ blackHole })
    const { answer } = session.note('into the dark')
    await until(() => !session.isCurrent, `${blackHole}: noticed`)
    expect(minji.link.isUp).toBe(false)
    proxy.heal()
    expect((await answer).ok).toBe(true)
    await until(() => session.isCurrent && notesOf(session).length > 0, 'there')
    expect(notesOf(session)).toEqual(['into the dark'])
    expect(proxy.accepted()).toBeGreaterThan(since)
  }
}, 60_000)

test('a page opened again finds its outbox, its draft and its place', async () => {
  const { proxy, come, relay } = await setUp()
  const outboxName = `walk-${crypto.randomUUID()}`
  const before = await come('minji', { outboxName })
  const id = await newSession(before)
  const session = await look(before, id)
  proxy.refuse(true)
  proxy.reset()
  await until(() => !before.link.isUp, 'down')
  await Promise.all(['one', 'two', 'three'].map((text) => session.note(text).stored))
  session.setDraft('half a sentence')
  session.leave()
  before.browser.close()
  proxy.refuse(false)

  const { storage, cookies } = before.browser
  const after = await openPerson({ origin: proxy.origin, outboxName, storage, cookies })
  stops.push(after.browser.close)
  const again = await look(after, id)
  expect(again.draft).toBe('half a sentence')
  await until(() => notesOf(again).length === 3, 'sent by the next page')
  expect(notesOf(again)).toEqual(['one', 'two', 'three'])
  expect(relay.relay.connections()).toBe(1)
}, 60_000)

test('a narrow and slow way: four hundred missed events arrive without a break', async () => {
  const { proxy, come } = await setUp()
  const minji = await come('minji')
  const jun = await come('jun', { times: 1 })
  const id = await newSession(minji)
  const [hers, his] = [await look(minji, id), await look(jun, id)]
  his.leave()
  await Promise.all(Array.from({ length: 400 }, (_, index) => hers.note(`note ${index}`).answer))
  proxy.set({ latencyMs: 80, downBytesPerSecond: 80_000 })
  const connections = proxy.accepted()
  await his.open()
  await until(() => notesOf(his).length === 400, 'all of them', 30_000)
  expect(his.timeline.seq).toBe(hers.timeline.seq)
  expect(jun.applied(id)).toEqual(everySeq(jun.applied(id)[0]!, his.timeline.seq))
  expect(proxy.accepted()).toBe(connections)
}, 90_000)

test('an account that is removed signs its open page out, and what was said there waits', async () => {
  const { proxy, come, relay } = await setUp()
  const minji = await come('minji')
  const id = await newSession(minji)
  const session = await look(minji, id)
  proxy.set({ blackHole: 'up' })
  await session.note('never heard').stored
  await relay.relay.auth.accounts.remove('minji')
  proxy.heal()
  await until(() => minji.account.state === 'signed-out', 'signed out')
  expect(minji.link.pill.kind).toBe('signed-out')
  expect(session.outbox.length).toBe(1)
  expect(minji.link.isUp).toBe(false)
}, 30_000)
