// Several tabs of one browser: each command goes out once, all of them see the same list.
import { afterEach, describe, expect, test } from 'bun:test'
import type { ClaudeMessage } from '#protocol'
import { createIndexedOutboxStore, type OutboxStore } from '../../../src/connection/outbox-store.ts'
import { done, type Trouble } from '../../../src/connection/outcome.ts'
import { createLocalLocks, type Voice } from '../../../src/connection/tabs.ts'
import { newDatabase, until, createJudge, refusal, prompt, openTab, open, stopAll } from './outbox-rig.ts'

afterEach(stopAll)

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
