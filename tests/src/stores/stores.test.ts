// The stores of sessions on the real connection, against a small real relay.
import { afterEach, expect, test } from 'bun:test'
import { watch } from 'vue'
import { createSmallRelay, type SmallRelay } from '../connection/small-relay.ts'
import { sampleRow } from '../connection/small-rest.ts'
import { createFastClock } from '../connection/fake-clock.ts'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useConnectionStore } from '../../../src/stores/use-connection-store.ts'
import { useSessionStore } from '../../../src/stores/use-session-store.ts'
import { useSessionsStore } from '../../../src/stores/use-sessions-store.ts'
import { openTestBrowser, until, type TestBrowserOptions } from './test-browser.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

/** What an earlier sign-in leaves in a browser beside the cookie that the page cannot read. */
const signedInBefore = () => new Map([['ensemble.page-key', 'half']])

async function setUp(relay: SmallRelay = createSmallRelay(), more: Partial<TestBrowserOptions> = {}) {
  stops.push(relay.stop)
  const browser = await openTestBrowser({ origin: relay.origin, clock: createFastClock(20), random: () => 0, storage: signedInBefore(), ...more })
  stops.push(browser.close)
  const account = browser.run(() => useAccountStore())
  const connection = browser.run(() => useConnectionStore())
  const sessions = browser.run(() => useSessionsStore())
  const session = (id: string) => browser.run(() => useSessionStore(id))
  return { relay, browser, account, connection, sessions, session }
}

const block = (execution: string, id: string, content: string) => ({
  type: 'claude_response',
  data: { session_id: 's1', execution_id: execution, message_id: id, content, stream: false, completed: true },
})
const message = (id: string, content: string, more: object = {}) => ({
  type: 'message',
  data: { session_id: 's1', message_id: id, role: 'user', user_id: 'u1', username: 'minji', content, attachments: [], execution_id: `e-${id}`, ...more },
})
const running = (execution: string, status = 'running') => ({ type: 'task', data: { session_id: 's1', execution_id: execution, status, origin: 'prompt', progress: 0 } })
const prompts = (store: ReturnType<typeof useSessionStore>) => store.timeline.items.flatMap((each) => (each.kind === 'prompt' ? [each.content] : []))

test('sessions: loaded once, kept current by events, what needs someone first', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('a', sampleRow('a', { updated_at: 10 }))
  relay.rest.rows.set('b', sampleRow('b', { updated_at: 20 }))
  const { account, sessions } = await setUp(relay)
  await account.start()
  await until(() => sessions.loaded && sessions.groups.length === 1, 'loaded')
  const order = () => sessions.groups.map((group) => `${group.kind}: ${group.rows.map((row) => row.session_id).join(' ')}`)
  expect(order()).toEqual(['workspace: b a'])
  await until(() => relay.asked.filter((each) => each.type === 'subscribe').length >= 3, 'follows')

  const { role, people, unread, ...a } = sampleRow('a', { state: 'waiting', updated_at: 30 })
  relay.rest.rows.set('a', sampleRow('a', { state: 'waiting', updated_at: 30, unread: 4 }))
  relay.append('user:u1', { type: 'session', data: a })
  await until(() => sessions.row('a')?.state === 'waiting', 'told')
  expect(order()).toEqual(['needs-someone: a', 'workspace: b'])
  expect(sessions.waitingCount).toBe(1)
  await until(() => sessions.row('a')?.unread === 4, 'unread asked for')

  // Handed over while it is on the screen: its row knows the other role, or its menu would offer what is refused.
  sessions.enter('a')
  relay.rest.rows.set('a', sampleRow('a', { state: 'waiting', updated_at: 30, owner_id: 'u2', role: 'collaborator' }))
  relay.append('user:u1', { type: 'session', data: { ...a, owner_id: 'u2' } })
  await until(() => sessions.row('a')?.role === 'collaborator', 'handed over')
  sessions.leave('a')

  relay.rest.rows.set('c', sampleRow('c', { updated_at: 40, owner_id: 'u2' }))
  sessions.hold(true)
  relay.append('workspace:w1', { type: 'session_created', data: { session_id: 'c', workspace_id: 'w1', title: 'c', owner: { id: 'u2', name: 'jun' } } })
  await until(() => sessions.row('c') !== null, 'new one')
  expect(order()).toEqual(['needs-someone: a', 'workspace: b c'])
  // One's own is not looked for below the others.
  relay.rest.rows.set('own', sampleRow('own', { updated_at: 5 }))
  await sessions.refresh('own')
  expect(order()).toEqual(['needs-someone: a', 'workspace: own b c'])
  relay.rest.rows.delete('own')
  await sessions.refresh('own')
  sessions.hold(false)
  expect(order()).toEqual(['needs-someone: a', 'workspace: c b'])

  relay.rest.rows.delete('b')
  relay.append('user:u1', { type: 'participant_left', data: { session_id: 'b', user_id: 'u1', username: 'minji' } })
  await until(() => sessions.row('b') === null, 'gone')

  // Veiled: the list says whether it is still there, its own address would answer with an error.
  const asked: string[] = []
  relay.rest.hold(async (path) => (asked.push(path), null))
  relay.rest.rows.delete('c')
  relay.append('workspace:w1', { type: 'session', data: { ...sampleRow('c', { visibility: 'private', updated_at: 0 }) } })
  await until(() => sessions.row('c') === null, 'veiled')
  expect(asked).toEqual(['claude/sessions'])
  expect(['a', 'b', 'c'].map(sessions.isGone)).toEqual([false, true, true])
})

test('sessions: what was read of an archived one is told, after the list has left it out; nothing is gone for the next person', async () => {
  const relay = createSmallRelay()
  for (const id of ['a', 'b']) relay.rest.rows.set(id, sampleRow(id))
  const { account, sessions, session } = await setUp(relay)
  await account.start()
  await until(() => sessions.loaded, 'loaded')
  await sessions.archive('a')
  expect(sessions.row('a')?.archived).toBe(true)
  relay.rest.rows.delete('b')
  await sessions.load()
  expect(['a', 'b'].map((id) => [sessions.row(id), sessions.isGone(id)])).toEqual([[null, false], [null, true]])
  session('a').markRead(7)
  await until(() => relay.rest.readSeqs.get('a') === 7, 'told')
  await account.signOut()
  await until(() => !sessions.isGone('b'), 'nothing is left for the next person')
})

test('sessions: a fork stands in the list when it is answered', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('a', sampleRow('a'))
  const { account, sessions } = await setUp(relay)
  await account.start()
  await until(() => sessions.loaded, 'loaded')
  relay.rest.rows.set('s1', sampleRow('s1'))
  const outcome = await sessions.fork('a')
  expect(outcome).toMatchObject({ ok: true, data: { session_id: 's1' } })
  expect(relay.effects.at(-1)).toMatchObject({ type: 'command', data: { session_id: 'a', command: 'fork' } })
  expect(sessions.row('s1')).not.toBeNull()
})

test('sessions: who mentions this person is shown at that session, until it is looked at', async () => {
  const relay = createSmallRelay()
  for (const id of ['a', 'b']) relay.rest.rows.set(id, sampleRow(id))
  const { account, sessions } = await setUp(relay)
  await account.start()
  await until(() => sessions.loaded, 'loaded')
  await until(() => relay.asked.filter((each) => each.type === 'subscribe').length >= 3, 'follows')
  for (const [id, username] of [['a', 'jun'], ['b', 'sofia'], ['a', 'priya']] as const) relay.append('user:u1', { type: 'mention', data: { session_id: id, message_id: 'm1', user_id: 'u2', username } })
  await until(() => sessions.mentions.get('a') === 'priya', 'the last one')
  sessions.seen('a')
  expect([...sessions.mentions]).toEqual([['b', 'sofia']])
  await account.signOut()
  await until(() => sessions.mentions.size === 0, 'nothing is left for the next person')
})

test('sessions: after the log of a channel is lost the list is loaded anew', async () => {
  const relay = createSmallRelay()
  const { account, sessions } = await setUp(relay)
  await account.start()
  await until(() => sessions.loaded, 'loaded')
  await until(() => relay.asked.filter((each) => each.type === 'subscribe').length >= 3, 'follows')
  relay.rest.rows.set('z', sampleRow('z'))
  relay.restore(0)
  relay.reset()
  await until(() => sessions.row('z') !== null, 'seen')
})

test('session: left and opened again it goes on from its position, without loading again', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  relay.append('session:s1', message('m1', 'one'))
  await until(() => prompts(store).length === 1, 'one')
  store.leave()
  expect([store.isCurrent, store.asOf !== null]).toEqual([false, true])
  relay.append('session:s1', message('m2', 'two'))
  await store.open()
  await until(() => prompts(store).length === 2, 'two')
  expect(relay.rest.count('GET claude/sessions/s1/events')).toBe(1)
  expect(session('s1')).toBe(store)
})

test('session: a restored database is read anew; a lost link says as of when', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', message('m1', 'one'), message('m2', 'two'))
  const { account, session, connection } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  relay.restore(1)
  relay.reset()
  await until(() => !connection.isUp, 'down')
  expect([store.isCurrent, store.asOf !== null]).toEqual([false, true])
  await until(() => store.isCurrent && prompts(store).length === 1, 'read anew')
  relay.append('session:s1', message('m2b', 'another two'))
  await until(() => prompts(store).length === 2, 'live')
  expect(prompts(store)).toEqual(['one', 'another two'])
})

test('session: opened while nobody answers, it fills by itself; one that is not ours is refused', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', message('m1', 'one'))
  const { account, session } = await setUp(relay)
  await account.start()
  let failures = 2
  relay.rest.hold(async (path) => (path.endsWith('/state') && failures-- > 0 ? new Response('stumbles', { status: 502 }) : null))
  const store = session('s1')
  await store.open()
  expect(store.phase).toBe('loading')
  await until(() => store.phase === 'ready' && prompts(store).length === 1, 'filled')
  const other = session('nobody')
  await other.open()
  expect([other.phase, other.trouble?.code]).toEqual(['refused', 'NOT_FOUND'])
})

test('session: a prompt stands there from the key press until its own event takes its place', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const { account, session, browser } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  store.setDraft('fix the quay')
  const { answer } = store.prompt({ content: 'fix the quay' })
  expect([store.draft, store.outbox.map((each) => each.text)]).toEqual(['', ['fix the quay']])
  const counts = new Set<number>()
  const stop = watch(() => store.outbox, (all) => counts.add(all.length), { flush: 'sync' })
  expect((await answer).ok).toBe(true)
  await until(() => browser.services.connection.outbox.items().length === 0, 'answered')
  expect(store.outbox.map((each) => each.text)).toEqual(['fix the quay'])
  // Not even for a moment: the row would leave the page, and what is below the view with it.
  expect([...counts]).toEqual([1])
  stop()
  relay.append('session:s1', message('m1', 'fix the quay'))
  await until(() => prompts(store).length === 1, 'its event')
  expect(store.outbox).toEqual([])
})

test('session: a refused prompt can be taken back into the composer', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  const { answer } = store.prompt({ content: '\u0001'.repeat(256 * 1024) })
  expect(await answer).toMatchObject({ ok: false, trouble: { code: 'TOO_LARGE' } })
  await until(() => store.outbox[0]?.state === 'refused', 'kept')
  store.setDraft('and this')
  await store.takeBack(store.outbox[0]!.id)
  expect([store.outbox.length, store.draft.length]).toEqual([0, 256 * 1024 + 2 + 'and this'.length])
})

test('session: drafts outlive the page, prompts without a link go out by the next page', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const outboxName = `shared-${crypto.randomUUID()}`
  const first = await setUp(relay, { outboxName })
  await first.account.start()
  const store = first.session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  first.browser.services.connection.stop()
  await store.prompt({ content: 'given offline' }).stored
  store.setDraft('half a th')
  store.leave()
  first.browser.close()

  const second = await openTestBrowser({ origin: relay.origin, storage: first.browser.storage, cookies: first.browser.cookies, outboxName })
  stops.push(second.close)
  await second.run(() => useAccountStore()).start()
  const again = second.run(() => useSessionStore('s1'))
  await again.open()
  expect(again.draft).toBe('half a th')
  await until(() => relay.effects.length === 1, 'sent')
  expect(relay.effects[0]!.data).toMatchObject({ content: 'given offline' })
})

test('session: who is here, who types and where carets are; typing ends by itself', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  const say = (type: string, data: object) => relay.say({ type, channel: 'session:s1', data: { session_id: 's1', ...data }, timestamp: 1 })
  say('presence', { people: [{ user_id: 'u2', username: 'jun', status: 'here' }] })
  say('typing', { user_id: 'u2', username: 'jun' })
  say('typing', { user_id: 'u1', username: 'minji' })
  say('cursor_moved', { user_id: 'u2', username: 'jun', path: 'a.ts', position: { line: 3, column: 1 } })
  await until(() => store.typing.length === 1 && store.carets.size === 1, 'told')
  expect([store.presence[0]?.user_id, store.typing[0]?.name, store.carets.get('u2')?.position.line]).toEqual(['u2', 'jun', 3])
  await until(() => store.typing.length === 0, 'four seconds')
})

test('session: roster, role, queue and permissions follow the events; removal takes the rights', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  const person = (role: string, user = 'u1') => ({ type: 'participant_joined', data: { session_id: 's1', user_id: user, username: user, role, hue: 0, joined_at: 1 } })
  const item = { message_id: 'q1', user_id: 'u2', username: 'jun', content: 'next', attachments: [], mode: 'queue', queued_at: 1 }
  const request = { request_id: 'r1', session_id: 's1', execution_id: 'e1', tool_use_id: 't1', tool: 'Bash', input: { command: 'ls' }, kind: 'tool', suggestions: [] }
  relay.append('session:s1', person('collaborator'), person('viewer', 'u2'), { type: 'queue', data: { session_id: 's1', items: [item] } }, { type: 'permission_request', data: request })
  await until(() => store.permissions.length === 1, 'asked')
  expect([store.participants.length, store.role, store.queue?.items.length]).toEqual([2, 'collaborator', 1])
  expect([store.may('prompt'), store.may('clear'), store.may('queue_edit', true), store.may('queue_edit', false)]).toEqual([true, false, true, false])
  relay.append('session:s1', { type: 'permission_resolved', data: { request_id: 'r1', session_id: 's1', execution_id: 'e1', tool_use_id: 't1', status: 'allowed', user_id: 'u2', username: 'jun' } })
  relay.append('session:s1', { type: 'participant_left', data: { session_id: 's1', user_id: 'u1', username: 'minji', removed_by: 'u2' } })
  await until(() => store.removedBy !== null, 'removed')
  expect([store.permissions.length, store.removedBy, store.role, store.may('read')]).toEqual([0, { userId: 'u2' }, null, false])
})

test('session: Stop says so at once, and until the turn has ended', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', message('m1', 'one'), running('e-m1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  expect(store.timeline.runningId).toBe('e-m1')
  const stopped = store.interrupt()
  expect(store.stoppingId).toBe('e-m1')
  expect(await stopped).toMatchObject({ ok: true })
  expect(relay.effects.at(-1)!.data).toMatchObject({ command: 'interrupt', args: { execution_id: 'e-m1' } })
  relay.append('session:s1', running('e-m1', 'interrupted'))
  await until(() => store.stoppingId === null, 'ended')
  relay.append('session:s1', message('m2', 'two'), running('e-m2'))
  await until(() => store.timeline.runningId === 'e-m2', 'next')
  relay.stop()
  await until(() => !store.isCurrent, 'down')
  expect(await store.interrupt()).toMatchObject({ ok: false, trouble: { code: 'UNREACHABLE' } })
  expect(store.stoppingId).toBeNull()
})

test('session: lost deltas make it join again and the text comes whole', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1'))
  relay.append('session:s1', message('m1', 'one'), running('e-m1'))
  const { account, session } = await setUp(relay)
  await account.start()
  const store = session('s1')
  await store.open()
  await until(() => store.isCurrent, 'current')
  const joins = () => relay.asked.filter((each) => each.type === 'subscribe' && each.channel === 'session:s1').length
  const before = joins()
  relay.say({ type: 'claude_response', channel: 'session:s1', data: { session_id: 's1', execution_id: 'e-m1', message_id: 'b1', content: 'lo', offset: 3, stream: true, completed: false }, timestamp: 1 })
  await until(() => joins() === before + 1, 'joins again')
  relay.append('session:s1', block('e-m1', 'b1', 'hello'))
  await until(() => !store.timeline.gap, 'whole')
})

test('session: reading moves the marker forward only, told once', async () => {
  const relay = createSmallRelay()
  relay.rest.rows.set('s1', sampleRow('s1', { unread: 7 }))
  relay.rest.readSeqs.set('s1', 3)
  const { account, session, sessions } = await setUp(relay)
  await account.start()
  await until(() => sessions.row('s1')?.unread === 7, 'listed')
  const store = session('s1')
  await store.open()
  expect([store.openedReadSeq, sessions.row('s1')?.unread]).toEqual([3, 0])
  for (const seq of [5, 9, 4, 9]) store.markRead(seq)
  await until(() => relay.rest.readSeqs.get('s1') === 9, 'told')
  expect(relay.rest.count('PATCH')).toBe(1)
})

test('the eight sessions looked at last stay in memory', async () => {
  const relay = createSmallRelay()
  for (let index = 0; index < 10; index++) relay.rest.rows.set(`n${index}`, sampleRow(`n${index}`))
  const { account, session, browser } = await setUp(relay)
  await account.start()
  const first = session('n0')
  for (let index = 0; index < 10; index++) {
    const store = session(`n${index}`)
    await store.open()
    store.leave()
  }
  expect(session('n9').phase).toBe('ready')
  expect(session('n0')).not.toBe(first)
  expect(session('n0').phase).toBe('loading')
  expect(browser.services.connection.state().kind).not.toBe('signed-out')
  await account.signOut()
  await until(() => session('n9').phase === 'loading', 'nothing is left for the next person')
})
