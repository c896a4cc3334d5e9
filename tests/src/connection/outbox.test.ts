// Commands: stored before they are sent, sent once in order, answered once, never lost.
import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test } from 'bun:test'
import type { ClaudeMessage, CommandMessage } from '#protocol'
import { createOutbox, type Outbox } from '../../../src/connection/outbox.ts'
import { createIndexedOutboxStore, createMemoryOutboxStore, createOutboxStore, type OutboxStore, type StoredCommand } from '../../../src/connection/outbox-store.ts'
import { done, failed, trouble, type Outcome, type Trouble, type TroubleCode } from '../../../src/connection/outcome.ts'
import type { Ask } from '../../../src/connection/requests.ts'
import { createLocalLocks, type Locks, type Voice } from '../../../src/connection/tabs.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

let databases = 0
const newDatabase = () => `outbox-test-${++databases}`
/** IndexedDB answers from tasks, not from microtasks: waits for a fact. */
async function until(fact: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (fact()) return
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  throw new Error(`never happened: ${what}`)
}

type Sent = { id: string; type: string; data: unknown; from: string }

/** The relay's side of the promise: remembers ids and their answers, judges by a rule of the test. */
function createJudge() {
  const sent: Sent[] = []
  const effects: string[] = []
  const remembered = new Map<string, Outcome<unknown>>()
  const held: (() => void)[] = []
  let rule: (sent: Sent, times: number) => Outcome<unknown> | 'hold' | 'lost' = () => done({})
  const times = new Map<string, number>()
  const ask =
    (from: string): Ask =>
    ({ type, data, id }, onAnswer) => {
      const message: Sent = { id: id!, type, data, from }
      sent.push(message)
      times.set(id!, (times.get(id!) ?? 0) + 1)
      const known = remembered.get(id!)
      if (known) return onAnswer(known)
      const verdict = rule(message, times.get(id!)!)
      const finish = (outcome: Outcome<unknown>) => {
        if (outcome.ok || outcome.trouble.retryAfterMs === null) {
          remembered.set(id!, outcome)
          if (outcome.ok) effects.push(id!)
        }
        onAnswer(outcome)
      }
      if (verdict === 'hold') held.push(() => finish(done({})))
      // Done, but the answer is lost with the link.
      else if (verdict === 'lost') finishSilently(message)
      else if (!verdict.ok && verdict.trouble.code === 'UNREACHABLE') onAnswer(verdict)
      else finish(verdict)
      function finishSilently({ id }: Sent) {
        remembered.set(id, done({}))
        effects.push(id)
        onAnswer(failed(trouble('UNREACHABLE', 'the link broke')))
      }
    }
  return { sent, effects, ask, setRule: (next: typeof rule) => void (rule = next), release: () => held.splice(0).forEach((go) => go()) }
}

const refusal = (code: TroubleCode, retryAfterMs: number | null = null): Outcome<never> => failed({ ...trouble(code, code), retryAfterMs })
const prompt = (content: string, session = 's1'): ClaudeMessage => ({ session_id: session, content })

type Tab = { outbox: Outbox; changes: () => number }
function openTab(store: OutboxStore, options: { clock?: FakeClock; locks?: Locks; voice?: Voice | null; name?: string; user?: () => string | null } = {}): Tab {
  let ids = 0
  let changes = 0
  const outbox = createOutbox({
    store,
    locks: options.locks ?? createLocalLocks(),
    voice: options.voice ?? null,
    clock: options.clock ?? createFakeClock(),
    random: () => 0.5,
    newId: () => `${options.name ?? 'a'}${++ids}`,
    userId: options.user ?? (() => 'u1'),
    onChange: () => void changes++,
    report: (problem) => {
      throw new Error(problem)
    },
  })
  return { outbox, changes: () => changes }
}

const open: Outbox[] = []
afterEach(() => open.splice(0).forEach((each) => each.linkDown()))

describe('one tab', () => {
  function setUp(clock = createFakeClock()) {
    const store = createIndexedOutboxStore(newDatabase())
    const judge = createJudge()
    const { outbox } = openTab(store, { clock })
    open.push(outbox)
    return { store, judge, outbox, clock }
  }

  /** Another command goes all the way to its answer: what was to go out before it has gone out. */
  const another = (outbox: Outbox) => outbox.deliver('permission_response', { session_id: 'elsewhere', request_id: 'r', behavior: 'allow' }).answer

  test('a command is in the store before it is sent, and out of it after its answer', async () => {
    const { store, judge, outbox } = setUp()
    const atSending: string[][] = []
    judge.setRule(() => 'hold')
    outbox.linkUp((question, onAnswer) => {
      void store.all('u1').then((all) => {
        atSending.push(all.map((each) => each.id))
        judge.ask('a')(question, onAnswer)
      })
    })
    const { id, stored, answer } = outbox.deliver('command', { session_id: 's1', command: 'note', args: { content: 'hello' } } as CommandMessage)
    expect(outbox.items().map((each) => [each.id, each.state])).toEqual([[id, 'waiting']])
    await stored
    await until(() => judge.sent.length === 1, 'sent')
    expect(atSending).toEqual([[id]])
    expect(outbox.items()[0]!.state).toBe('sending')
    judge.release()
    expect((await answer).ok).toBe(true)
    await until(() => outbox.items().length === 0, 'gone from view')
    expect(await store.all('u1')).toEqual([])
  })

  test('without a link it waits; what the link broke on goes out again under the same id, with one effect', async () => {
    const { judge, outbox } = setUp()
    const { id, stored, answer } = outbox.deliver('queue_update', { session_id: 's1', message_id: 'm', action: 'cancel' })
    await stored
    expect([judge.sent.length, outbox.waiting()]).toEqual([0, 1])
    judge.setRule((_, times) => (times === 1 ? 'lost' : done({})))
    outbox.linkUp(judge.ask('a'))
    await until(() => judge.sent.length >= 1, 'sent once')
    outbox.linkDown()
    outbox.linkUp(judge.ask('a'))
    expect((await answer).ok).toBe(true)
    expect(judge.sent.every((each) => each.id === id)).toBe(true)
    expect(judge.effects).toEqual([id])
  })

  test('commands of one session keep their order, also when one is told to come back later', async () => {
    const { judge, outbox, clock } = setUp()
    judge.setRule(({ data }, times) => ((data as ClaudeMessage).content === 'one' && times <= 2 ? refusal('RATE_LIMITED', 3_000) : done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 })))
    outbox.linkUp(judge.ask('a'))
    const deliveries = ['one', 'two', 'three'].map((content) => outbox.deliver('claude_message', prompt(content)))
    const prompts = () => judge.sent.filter((each) => each.type === 'claude_message')
    await until(() => outbox.items()[0]?.state === 'delayed', 'delayed')
    expect(outbox.items()[0]).toMatchObject({ state: 'delayed', trouble: { code: 'RATE_LIMITED' }, retryAt: clock.now() + 3_000 })
    await clock.advance(2_999)
    await another(outbox)
    expect(prompts().length).toBe(1)
    await clock.advance(1)
    await until(() => prompts().length === 2 && outbox.items()[0]?.state === 'delayed', 'refused twice')
    await clock.advance(3_000)
    await Promise.all(deliveries.map((each) => each.answer))
    expect(prompts().map((each) => (each.data as ClaudeMessage).content)).toEqual(['one', 'one', 'one', 'two', 'three'])
  })

  test('retry_after_ms holds across a broken link', async () => {
    const { judge, outbox, clock } = setUp()
    judge.setRule(({ type }, times) => (type === 'remove_user' && times === 1 ? refusal('BUSY', 5_000) : done({})))
    outbox.linkUp(judge.ask('a'))
    const { answer } = outbox.deliver('remove_user', { session_id: 's1', target_user_id: 'u2' })
    await until(() => outbox.items()[0]?.state === 'delayed', 'delayed')
    outbox.linkDown()
    outbox.linkUp(judge.ask('a'))
    await clock.advance(4_000)
    await another(outbox)
    expect(judge.sent.filter((each) => each.type === 'remove_user').length).toBe(1)
    await clock.advance(1_000)
    expect((await answer).ok).toBe(true)
  })

  test('an answer to a permission does not wait behind a throttled prompt', async () => {
    const { judge, outbox } = setUp()
    judge.setRule(({ type }) => (type === 'claude_message' ? refusal('RATE_LIMITED', 60_000) : done({})))
    outbox.linkUp(judge.ask('a'))
    outbox.deliver('claude_message', prompt('later'))
    const { answer } = outbox.deliver('permission_response', { session_id: 's1', request_id: 'r1', behavior: 'allow' })
    expect((await answer).ok).toBe(true)
  })

  test('a refused prompt is kept with the reason; sent again it has a new id; the next one goes on', async () => {
    const { store, judge, outbox } = setUp()
    judge.setRule(({ data }) => ((data as ClaudeMessage).content === 'one' ? refusal('FORBIDDEN') : done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 })))
    outbox.linkUp(judge.ask('a'))
    const first = outbox.deliver('claude_message', prompt('one'))
    const second = outbox.deliver('claude_message', prompt('two'))
    expect(await first.answer).toMatchObject({ ok: false, trouble: { code: 'FORBIDDEN' } })
    expect((await second.answer).ok).toBe(true)
    await until(() => outbox.items().length === 1, 'second is gone')
    expect(outbox.items()[0]).toMatchObject({ id: first.id, state: 'refused', trouble: { code: 'FORBIDDEN' }, data: { content: 'one' } })
    await until(() => outbox.waiting() === 0, 'none waits')
    const [kept] = await store.all('u1')
    expect(kept?.refused?.code).toBe('FORBIDDEN')

    judge.setRule(() => done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 }))
    await outbox.retry(first.id)
    await until(() => outbox.items().length === 0, 'sent again')
    expect(judge.effects.includes(first.id)).toBe(false)
    expect(judge.sent.at(-1)).toMatchObject({ data: { content: 'one' } })
    expect(await store.all('u1')).toEqual([])
  })

  test('a refused command without text is told and not kept', async () => {
    const { judge, outbox, store } = setUp()
    judge.setRule(() => refusal('CONFLICT'))
    outbox.linkUp(judge.ask('a'))
    const { answer } = outbox.deliver('permission_response', { session_id: 's1', request_id: 'r1', behavior: 'allow' })
    expect(await answer).toMatchObject({ ok: false, trouble: { code: 'CONFLICT' } })
    await until(() => outbox.items().length === 0, 'gone')
    expect(await store.all('u1')).toEqual([])
  })

  test('a command on which the relay itself fails is not tried for ever, and its text stays', async () => {
    const { judge, outbox, clock } = setUp()
    judge.setRule(() => refusal('INTERNAL_ERROR', 2_000))
    outbox.linkUp(judge.ask('a'))
    const { answer } = outbox.deliver('claude_message', prompt('odd'))
    let settled = false
    void answer.then(() => (settled = true))
    while (!settled) {
      await clock.advance(2_000)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(judge.sent.length).toBe(8)
    expect(outbox.items()[0]).toMatchObject({ state: 'refused', data: { content: 'odd' } })
  })

  test('what waits can be taken back, what is under way cannot', async () => {
    const { judge, outbox, store } = setUp()
    judge.setRule(() => 'hold')
    outbox.linkUp(judge.ask('a'))
    const first = outbox.deliver('claude_message', prompt('one'))
    const second = outbox.deliver('claude_message', prompt('two'))
    await Promise.all([first.stored, second.stored])
    await until(() => judge.sent.length === 1, 'first is under way')
    expect(await outbox.discard(first.id)).toBe(false)
    expect(await outbox.discard(second.id)).toBe(true)
    expect(await second.answer).toMatchObject({ ok: false, trouble: { code: 'ABORTED' } })
    judge.release()
    await until(() => outbox.items().length === 0, 'first is done')
    expect(judge.sent.map((each) => each.id)).toEqual([first.id])
    expect(await store.all('u1')).toEqual([])
  })

  test('what is stored is a copy: later changes and proxies do not reach it', async () => {
    const { judge, outbox } = setUp()
    const data = new Proxy(prompt('as it was'), {})
    const { stored } = outbox.deliver('claude_message', data)
    data.content = 'changed'
    await stored
    outbox.linkUp(judge.ask('a'))
    await until(() => judge.sent.length === 1, 'sent')
    expect(judge.sent[0]!.data).toEqual({ session_id: 's1', content: 'as it was' })
  })

  test('nobody signed in: refused at once, nothing stored', async () => {
    const store = createIndexedOutboxStore(newDatabase())
    const { outbox } = openTab(store, { user: () => null })
    expect(await outbox.deliver('claude_message', prompt('x')).answer).toMatchObject({ ok: false, trouble: { code: 'UNAUTHORIZED' } })
    expect(outbox.items()).toEqual([])
  })
})

describe('reload', () => {
  test('what a closed page left is sent by the next, in order, under its id, and only for its own user', async () => {
    const database = newDatabase()
    const judge = createJudge()
    let user = 'u1'
    const before = openTab(createIndexedOutboxStore(database), { user: () => user }).outbox
    const given = ['one', 'two'].map((content) => before.deliver('claude_message', prompt(content)))
    await Promise.all(given.map((each) => each.stored))
    judge.setRule(({ data }) => ((data as ClaudeMessage).content === 'one' ? 'lost' : done({})))
    before.linkUp(judge.ask('before'))
    await until(() => judge.sent.length > 0, 'first sent')
    before.linkDown()

    user = 'u2'
    const stranger = openTab(createIndexedOutboxStore(database), { user: () => user, name: 'b' }).outbox
    stranger.linkUp(judge.ask('stranger'))
    await stranger.load()
    expect(stranger.items()).toEqual([])

    user = 'u1'
    const after = openTab(createIndexedOutboxStore(database), { user: () => user, name: 'c' }).outbox
    open.push(after)
    await after.load()
    expect(after.items().map((each) => (each.data as ClaudeMessage).content)).toEqual(['one', 'two'])
    after.linkUp(judge.ask('after'))
    await until(() => after.items().length === 0, 'all sent')
    expect(judge.effects).toEqual(given.map((each) => each.id))
    expect(judge.sent.filter((each) => each.from === 'after').map((each) => each.id)).toEqual(given.map((each) => each.id))
    expect(judge.sent.some((each) => each.from === 'stranger')).toBe(false)
  })
})

describe('two tabs', () => {
  /** BroadcastChannel between pages: everyone but the speaker hears. */
  function createVoices() {
    const listeners: { tab: number; listener: (message: unknown) => void }[] = []
    let tabs = 0
    return () => {
      const tab = ++tabs
      const voice: Voice = {
        post: (message) => void queueMicrotask(() => listeners.forEach((each) => each.tab !== tab && each.listener(structuredClone(message)))),
        onMessage: (listener) => void listeners.push({ tab, listener }),
      }
      return voice
    }
  }

  function setUp() {
    const database = newDatabase()
    const judge = createJudge()
    const locks = createLocalLocks()
    const newVoice = createVoices()
    const store = createIndexedOutboxStore(database)
    const tab = (name: string, its: OutboxStore = createIndexedOutboxStore(database)) => {
      const { outbox } = openTab(its, { locks, voice: newVoice(), name })
      open.push(outbox)
      return outbox
    }
    return { judge, tab, one: tab('a'), other: tab('b'), store }
  }

  /** A tab whose disk is slow: what it writes about an answered command is written when the test says so. */
  function slowStore(store: OutboxStore) {
    const disk = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const slow = async () => (asked.resolve(), disk.promise)
    return {
      store: { ...store, remove: async (id: string) => (await slow(), store.remove(id)), refuse: async (id: string, why: Trouble) => (await slow(), store.refuse(id, why)) } satisfies OutboxStore,
      asked: asked.promise,
      write: disk.resolve,
    }
  }

  test('what one tab has sent does not stay in the list of the others, however slow its disk', async () => {
    const { judge, tab, other, store } = setUp()
    const slow = slowStore(store)
    const sender = tab('c', slow.store)
    sender.linkUp(judge.ask('sender'))
    judge.setRule(() => done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 }))
    const { answer } = sender.deliver('claude_message', prompt('once'))
    await answer
    await slow.asked
    await other.load()
    expect(other.items()).toEqual([])
    const late = tab('d')
    await late.load()
    expect(late.items().map((each) => each.text)).toEqual(['once'])
    slow.write()
    await until(() => late.items().length === 0, 'the tab that was opened in between forgets it')
    expect(other.items()).toEqual([])
    expect(judge.sent.length).toBe(1)
  })

  test('what was refused is refused in every tab, however slow the disk', async () => {
    const { judge, tab, other, store } = setUp()
    const slow = slowStore(store)
    const sender = tab('c', slow.store)
    sender.linkUp(judge.ask('sender'))
    judge.setRule(() => refusal('FORBIDDEN'))
    await sender.deliver('claude_message', prompt('not here')).answer
    await slow.asked
    await other.load()
    expect(other.items()).toMatchObject([{ state: 'refused', text: 'not here', trouble: { code: 'FORBIDDEN' } }])
    slow.write()
    await until(() => sender.items()[0]?.state === 'refused', 'the sender knows')
    await other.load()
    expect(other.items()).toMatchObject([{ state: 'refused' }])
  })

  test('each command goes out once, its giver hears the answer, both see the list', async () => {
    const { judge, one, other, store } = setUp()
    one.linkUp(judge.ask('one'))
    other.linkUp(judge.ask('other'))
    const deliveries = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).deliver('command', { session_id: 's1', command: 'rename', args: { title: `t${index}` } }))
    const outcomes = await Promise.all(deliveries.map((each) => each.answer))
    expect(outcomes.every((each) => each.ok)).toBe(true)
    expect(judge.sent.map((each) => each.id).sort()).toEqual(deliveries.map((each) => each.id).sort())
    await until(() => one.items().length === 0 && other.items().length === 0, 'both lists empty')
    expect(await store.all('u1')).toEqual([])
  })

  test('what a tab without a link is given, the other one sends', async () => {
    const { judge, one, other } = setUp()
    other.linkUp(judge.ask('other'))
    const { answer } = one.deliver('claude_message', { content: 'from the tab without a link' })
    judge.setRule(() => done({ session_id: 's9', message_id: 'm', execution_id: 'e', queue_position: 0 }))
    expect(await answer).toMatchObject({ ok: true, data: { session_id: 's9' } })
    expect(judge.sent.map((each) => each.from)).toEqual(['other'])
  })

  test('the order of one tab holds, whoever sends', async () => {
    const { judge, one, other } = setUp()
    one.linkUp(judge.ask('one'))
    other.linkUp(judge.ask('other'))
    const deliveries = ['1', '2', '3', '4', '5', '6'].map((content) => one.deliver('claude_message', prompt(content)))
    judge.setRule(() => done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 }))
    await Promise.all(deliveries.map((each) => each.answer))
    expect(judge.sent.map((each) => (each.data as ClaudeMessage).content)).toEqual(['1', '2', '3', '4', '5', '6'])
  })
})

const command = (id: string, userId = 'u1'): StoredCommand => ({ id, userId, type: 'claude_message', data: { content: id }, sessionId: null, createdAt: 1, lane: 'new', refused: null })

for (const [name, make] of [
  ['in IndexedDB', () => createIndexedOutboxStore(newDatabase())],
  ['in memory', () => createMemoryOutboxStore()],
  ['with a spare', () => createOutboxStore(createIndexedOutboxStore(newDatabase()), createMemoryOutboxStore(), () => {})],
] as const) {
  test(`a store ${name}: order of giving, own user only, refused, removed`, async () => {
    const store = make()
    for (const id of ['z', 'a', 'm']) await store.add(command(id))
    await store.add(command('x', 'u2'))
    expect((await store.all('u1')).map((each) => each.id)).toEqual(['z', 'a', 'm'])
    await store.refuse('a', trouble('FORBIDDEN', 'no'))
    expect((await store.all('u1')).map((each) => each.refused?.code ?? null)).toEqual([null, 'FORBIDDEN', null])
    expect([await store.remove('z'), await store.remove('z')]).toEqual([true, false])
    expect((await store.all('u1')).map((each) => each.id)).toEqual(['a', 'm'])
    expect((await store.all('u2')).map((each) => each.id)).toEqual(['x'])
  })
}

test('a full disk does not stop a prompt: it waits in memory and is sent', async () => {
  const problems: string[] = []
  const full: OutboxStore = { ...createMemoryOutboxStore(), add: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
  const store = createOutboxStore(full, createMemoryOutboxStore(), (problem) => problems.push(problem))
  const judge = createJudge()
  const { outbox } = openTab(store)
  outbox.linkUp(judge.ask('a'))
  judge.setRule(() => done({ session_id: 's1', message_id: 'm', execution_id: 'e', queue_position: 0 }))
  expect((await outbox.deliver('claude_message', prompt('still sent')).answer).ok).toBe(true)
  expect(problems.length).toBe(1)
  expect(await store.all('u1')).toEqual([])
})
