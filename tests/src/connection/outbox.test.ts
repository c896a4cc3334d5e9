// Commands: stored before they are sent, sent once in order, answered once, never lost.
import { afterEach, describe, expect, test } from 'bun:test'
import type { ClaudeMessage, CommandMessage } from '#protocol'
import type { Outbox } from '../../../src/connection/outbox.ts'
import { createIndexedOutboxStore } from '../../../src/connection/outbox-store.ts'
import { done } from '../../../src/connection/outcome.ts'
import { createFakeClock } from './fake-clock.ts'
import { newDatabase, until, createJudge, refusal, prompt, openTab, open, stopAll } from './outbox-rig.ts'

afterEach(stopAll)

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
