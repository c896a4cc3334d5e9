// The whole connection against a real WebSocket server: cuts, positions, snapshots, tokens, old words of old sockets.
import { afterEach, expect, test } from 'bun:test'
import type { FromRelay } from '#protocol'
import { createConnection, type AfterSnapshot, type ChannelStart, type Connection, type ConnectionDependencies } from '../../../src/connection/connection.ts'
import { createMemoryOutboxStore } from '../../../src/connection/outbox-store.ts'
import type { WebSocketConstructor } from '../../../src/connection/web-socket.ts'
import { createLocalLocks } from '../../../src/connection/tabs.ts'
import type { Token, TokenState } from '../../../src/connection/token.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { createFastClock } from './fake-clock.ts'
import { createSmallRelay, type SmallRelay } from './small-relay.ts'

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).reverse().forEach((stop) => stop()))

async function until(fact: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A token whose renewals a test decides. */
function createTestToken() {
  let state: TokenState = 'signed-in'
  let current = 'token-1'
  let renewals = 0
  let verdict: 'renewed' | 'refused' | 'unreachable' = 'renewed'
  const listeners = new Set<(state: TokenState) => void>()
  const tell = (next: TokenState) => {
    state = next
    listeners.forEach((each) => each(next))
  }
  const renew = async () => {
    renewals++
    if (verdict === 'renewed') {
      current = `token-${renewals + 1}`
      tell('signed-in')
    }
    if (verdict === 'refused') tell('signed-out')
    return verdict
  }
  const token: Token = {
    state: () => state,
    user: () => ({ id: 'u1', name: 'minji', role: 'user' }),
    current: () => (state === 'signed-in' ? current : null),
    fresh: async () => (state === 'signed-in' ? { token: current } : 'refused'),
    renew,
    replace: async (used) => (used === current ? renew() : 'renewed'),
    signIn: async () => {
      throw new Error('not here')
    },
    signOut: async () => {
      tell('signed-out')
      return { ok: true, data: {} }
    },
    forget: () => tell('signed-out'),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: () => {},
  }
  return { token, renewals: () => renewals, setVerdict: (next: typeof verdict) => void (verdict = next), renew, signIn: () => tell('signed-in') }
}

function createTestPage() {
  const listeners = { online: new Set<() => void>(), offline: new Set<() => void>(), visible: new Set<() => void>() }
  let online = true
  const on = (name: keyof typeof listeners) => (listener: () => void) => {
    listeners[name].add(listener)
    return () => void listeners[name].delete(listener)
  }
  return {
    page: { isOnline: () => online, onOnline: on('online'), onOffline: on('offline'), onVisible: on('visible') },
    fire(name: keyof typeof listeners) {
      if (name !== 'visible') online = name === 'online'
      listeners[name].forEach((each) => each())
    },
  }
}

function connect(relay: SmallRelay, more: Partial<ConnectionDependencies> = {}) {
  const tokens = createTestToken()
  const page = createTestPage()
  const states: string[] = []
  const problems: string[] = []
  let ids = 0
  const connection = createConnection({
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    url: relay.url,
    token: tokens.token,
    isTokenTaken: async () => true,
    store: createMemoryOutboxStore(),
    locks: createLocalLocks(),
    voice: null,
    page: page.page,
    clock: createFastClock(50),
    random: seededRandom(3),
    newId: () => `id${++ids}`,
    userId: () => 'u1',
    report: (problem) => problems.push(problem),
    ...more,
  })
  connection.onState((state) => states.push(state.kind))
  stops.push(() => connection.stop())
  return { connection, tokens, page, states, problems }
}

function newRelay(): SmallRelay {
  const relay = createSmallRelay()
  stops.push(relay.stop)
  return relay
}

const note = (text: string) => ({ type: 'log', data: { session_id: 's1', level: 'info', source: 'relay', text } })
const textOf = (message: FromRelay) => (message.type === 'log' ? message.data.text : `(${message.type})`)

function listen(connection: Connection, start: ChannelStart = { history: 500 }, afterSnapshot?: () => Promise<AfterSnapshot>) {
  const texts: string[] = []
  const seqs: number[] = []
  const joins: boolean[] = []
  const refusals: string[] = []
  const channel = connection.open('session:s1', start, {
    onMessage(message) {
      texts.push(textOf(message))
      if (typeof message.seq === 'number') seqs.push(message.seq)
    },
    onJoined: (_, continued) => joins.push(continued),
    onSnapshotNeeded: afterSnapshot,
    onRefused: (trouble) => refusals.push(trouble.code),
  })
  return { channel, texts, seqs, joins, refusals }
}

test('connects, replays what was asked for, then follows live', async () => {
  const relay = newRelay()
  relay.append('session:s1', note('one'), note('two'))
  const { connection, states } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.texts.length === 2, 'history')
  relay.append('session:s1', note('three'))
  await until(() => heard.texts.length === 3, 'live')
  expect(heard.texts).toEqual(['one', 'two', 'three'])
  expect(heard.joins).toEqual([false])
  await until(() => connection.state().kind === 'live', 'live')
  expect(states.filter((each) => each === 'reconnecting' || each === 'offline')).toEqual([])
})

test('C5: a broken socket comes back by position: nothing twice, nothing missing', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  for (let round = 0; round < 10; round++) {
    relay.append('session:s1', note(`live ${round}`))
    await until(() => heard.texts.includes(`live ${round}`), 'live')
    relay.reset()
    relay.append('session:s1', note(`missed ${round}`))
    await until(() => heard.texts.includes(`missed ${round}`), 'replayed')
  }
  expect(heard.seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  expect(heard.joins).toEqual([false, ...Array<boolean>(10).fill(true)])
})

test('a hole in the live events makes it join again from its position', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.append('session:s1', note('one'))
  relay.say({ type: 'log', channel: 'session:s1', seq: 3, data: note('ahead').data, timestamp: 1 })
  await until(() => heard.joins.length === 2, 'joined again')
  relay.append('session:s1', note('two'), note('three'))
  await until(() => heard.texts.length === 3, 'all')
  expect(heard.texts).toEqual(['one', 'two', 'three'])
})

test('another epoch asks for a snapshot and goes on from where that ends', async () => {
  const relay = newRelay()
  relay.append('session:s1', note('a'), note('b'), note('c'))
  const { connection } = connect(relay)
  const snapshots: number[] = []
  const heard = listen(connection, { history: 500 }, async () => {
    snapshots.push(1)
    return { from: { epoch: 'epoch-1x', seq: 2 } }
  })
  connection.start()
  await until(() => heard.texts.length === 3, 'history')
  relay.restore(2)
  relay.reset()
  await until(() => heard.joins.length === 2, 'joined after the snapshot')
  relay.append('session:s1', note('new third'))
  await until(() => heard.texts.includes('new third'), 'live')
  expect(heard.texts).toEqual(['a', 'b', 'c', 'new third'])
  expect(snapshots.length).toBe(1)
})

test('a snapshot that cannot be loaded is tried again; one that is given up is not', async () => {
  const relay = newRelay()
  relay.rule({ unrecoverable: new Set(['session:s1']) })
  const { connection } = connect(relay)
  let tries = 0
  const heard = listen(connection, { position: { epoch: 'epoch-1', seq: 0 } }, async () => {
    tries++
    if (tries === 1) throw new Error('the network')
    return tries < 4 ? 'try-later' : 'give-up'
  })
  connection.start()
  await until(() => tries === 4, 'four tries')
  relay.reset()
  await until(() => relay.sockets() === 0, 'cut')
  await until(() => connection.state().kind === 'live', 'back')
  expect(tries).toBe(4)
  relay.rule({ unrecoverable: new Set() })
  heard.channel.rejoin()
  await until(() => heard.joins.length === 1, 'asked again')
})

test('a refused channel is told, and asked for again after a reconnection', async () => {
  const relay = newRelay()
  relay.rule({ notFound: new Set(['session:s1']) })
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.refusals.length === 1, 'refused')
  relay.rule({ notFound: new Set() })
  relay.reset()
  await until(() => heard.joins.length === 1, 'joined')
  expect(heard.refusals).toEqual(['NOT_FOUND'])
})

test('a channel that is taken away says so and hears nothing more', async () => {
  const relay = newRelay()
  const { connection, problems } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.say({ type: 'error', data: { code: 'NOT_FOUND', message: 'no longer visible to you', details: { channel: 'session:s1' }, trace_id: 't' }, timestamp: 1 })
  await until(() => heard.refusals.length === 1, 'told')
  relay.say({ type: 'log', channel: 'session:s1', seq: 1, data: note('secret').data, timestamp: 1 })
  relay.say({ type: 'error', data: { code: 'VALIDATION', message: 'after it', trace_id: 't' }, timestamp: 1 })
  await until(() => problems.length === 1, 'the next message was read')
  expect(heard.texts).toEqual([])
})

test('signals pass while the channel delivers; a message nobody opened a channel for is nobody’s', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.say({ type: 'typing', channel: 'session:other', data: { session_id: 'other', user_id: 'u2', username: 'jun' }, timestamp: 1 })
  relay.say({ type: 'typing', channel: 'session:s1', data: { session_id: 's1', user_id: 'u2', username: 'jun' }, timestamp: 1 })
  await until(() => heard.texts.length === 1, 'typing')
  expect(heard.texts).toEqual(['(typing)'])
})

test('a bug in a reader costs nobody the rest of the frame', async () => {
  const relay = newRelay()
  const { connection, problems } = connect(relay)
  const texts: string[] = []
  connection.open('session:s1', { history: 10 }, {
    onMessage(message) {
      if (textOf(message) === 'two') throw new Error('a bug')
      texts.push(textOf(message))
    },
  })
  relay.append('session:s1', note('one'), note('two'), note('three'))
  connection.start()
  await until(() => texts.length === 2, 'the others')
  expect(problems[0]).toContain('a bug')
})

test('a closed channel is left, and can be opened again from its position', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const first = listen(connection)
  expect(() => listen(connection)).toThrow('open already')
  connection.start()
  await until(() => first.joins.length === 1, 'joined')
  relay.append('session:s1', note('one'))
  await until(() => first.texts.length === 1, 'one')
  const position = first.channel.position()!
  first.channel.close()
  await until(() => relay.asked.some((each) => each.type === 'unsubscribe'), 'left')
  relay.append('session:s1', note('two'))
  const second = listen(connection, { position })
  await until(() => second.texts.length === 1, 'two')
  expect([first.texts, second.texts]).toEqual([['one'], ['two']])
})

test('an old socket that still speaks is not heard', async () => {
  const relay = newRelay()
  const made: { onmessage: ((event: { data: unknown }) => void) | null; onclose: ((event: { code: number; reason: string }) => void) | null; old: unknown[] }[] = []
  // Keeps the handlers a socket once had, as a socket with frames still in its queue does.
  const Remembering = function (this: unknown, url: string, protocols: string[]) {
    const socket = new WebSocket(url, protocols)
    const entry = { onmessage: null as never, onclose: null as never, old: [] as unknown[] }
    made.push(entry)
    return new Proxy(socket, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
      set(target, name, value) {
        if ((name === 'onmessage' || name === 'onclose') && value) Reflect.set(entry, name, value)
        return Reflect.set(target, name, value)
      },
    })
  } as unknown as WebSocketConstructor
  const { connection } = connect(relay, { WebSocket: Remembering })
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.reset()
  await until(() => heard.joins.length === 2, 'joined again')
  const old = made[0]!
  old.onmessage!({ data: JSON.stringify({ type: 'log', channel: 'session:s1', seq: 1, data: note('from the grave').data, timestamp: 1 }) })
  old.onclose!({ code: 4401, reason: '' })
  relay.append('session:s1', note('one'))
  await until(() => heard.texts.length > 0, 'one')
  expect(heard.texts).toEqual(['one'])
  expect(connection.state().kind).not.toBe('signed-out')
})

test('a link gone silent is given up within 35 s and replaced', async () => {
  const relay = newRelay()
  const { connection, states } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const silentFrom = performance.now()
  relay.rule({ mute: true })
  await until(() => states.includes('reconnecting'), 'noticed')
  expect((performance.now() - silentFrom) * 50).toBeLessThan(45_000)
  relay.rule({ mute: false })
  await until(() => heard.joins.length === 2, 'back')
})

test('token refused on a live link: renewed once, back at once', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.close(4401, 'the token has expired')
  await until(() => heard.joins.length === 2, 'back')
  expect(relay.tokens).toEqual(['token-1', 'token-2'])
  expect(tokens.renewals()).toBe(1)
})

test('C7: token and its successor refused at the handshake: signed out, and no more tries', async () => {
  const relay = newRelay()
  relay.rule({ refuseTokens: new Set(['token-1', 'token-2']) })
  const { connection, tokens } = connect(relay, { isTokenTaken: async () => false })
  connection.start()
  await until(() => connection.state().kind === 'signed-out', 'signed out')
  expect(tokens.renewals()).toBe(1)
  expect(relay.tokens.length).toBe(2)
})

test('signing in again opens the link again', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  await tokens.token.signOut()
  await until(() => relay.sockets() === 0, 'closed')
  expect(connection.state().kind).toBe('signed-out')
  tokens.signIn()
  await until(() => heard.joins.length === 2, 'back')
})

test('a token renewed ahead of time is handed over on the live link', async () => {
  const relay = newRelay()
  const { connection, tokens } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  await tokens.renew()
  await until(() => relay.asked.some((each) => each.type === 'auth'), 'auth')
  expect(relay.asked.find((each) => each.type === 'auth')!.data).toEqual({ token: 'token-2' })
  expect([heard.joins.length, relay.sockets()]).toEqual([1, 1])
})

test('a draining relay chooses when we come back', async () => {
  const relay = newRelay()
  const clock = createFastClock(50)
  const { connection } = connect(relay, { clock, random: () => 0 })
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const from = clock.elapsed()
  relay.close(4503, '4000')
  await until(() => heard.joins.length === 2, 'back')
  expect(clock.elapsed() - from).toBeGreaterThanOrEqual(4_000)
})

test('offline is said after 20 s without success or when the browser says so; `online` tries at once', async () => {
  const relay = newRelay()
  const slowClock = createFastClock(50)
  const { connection, page, states } = connect(relay, { clock: slowClock })
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  relay.stop()
  await until(() => states.at(-1) === 'offline', '20 s are over')
  expect(states.slice(states.lastIndexOf('live'))).toContain('reconnecting')
  page.fire('offline')
  expect(connection.state()).toEqual({ kind: 'offline', waiting: 0 })
})

test('a command given while there is no link waits and is answered after it is back', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const { answer } = connection.deliver('claude_message', { session_id: 's1', content: 'hello' })
  expect(connection.outbox.items().length).toBe(1)
  connection.start()
  expect(await answer).toMatchObject({ ok: true, data: { session_id: 's1', message_id: 'm1', queue_position: 0 } })
  await until(() => connection.outbox.items().length === 0, 'gone')
})

test('cut before and after the effect, at random: each command has one effect, in order', async () => {
  const seed = Date.now() % 100_000
  const random = seededRandom(seed)
  const relay = newRelay()
  relay.onCommand(() => (random() < 0.3 ? 'cut-before' : random() < 0.4 ? 'cut-after' : 'answer'))
  const { connection } = connect(relay, { random: () => 0 })
  connection.start()
  const deliveries = Array.from({ length: 40 }, (_, index) => connection.deliver('claude_message', { session_id: `s${index % 2}`, content: `${index}` }))
  const outcomes = await Promise.all(deliveries.map((each) => each.answer))
  expect(outcomes.every((each) => each.ok), `seed ${seed}`).toBe(true)
  for (const lane of ['s0', 's1']) {
    const contents = relay.effects.flatMap((each) => (each.type === 'claude_message' && each.data.session_id === lane ? [Number(each.data.content)] : []))
    expect(contents, `seed ${seed}`).toEqual(Array.from({ length: 20 }, (_, index) => index * 2 + (lane === 's1' ? 1 : 0)))
  }
})

test('a message larger than a frame is refused here, and the link stays', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  const heard = listen(connection)
  connection.start()
  await until(() => heard.joins.length === 1, 'joined')
  const { answer } = connection.deliver('claude_message', { session_id: 's1', content: '\u0001'.repeat(256 * 1024) })
  expect(await answer).toMatchObject({ ok: false, trouble: { code: 'TOO_LARGE' } })
  expect(connection.outbox.items()[0]).toMatchObject({ state: 'refused' })
  expect([relay.sockets(), heard.joins.length]).toEqual([1, 1])
})

test('asking without a link is UNREACHABLE at once; passing signs are dropped', async () => {
  const relay = newRelay()
  const { connection } = connect(relay)
  expect(await connection.request('command', { session_id: 's1', command: 'interrupt', args: { execution_id: 'e1' } })).toMatchObject({ ok: false, trouble: { code: 'UNREACHABLE' } })
  connection.send('typing', { session_id: 's1' })
  connection.start()
  await until(() => connection.state().kind === 'live', 'live')
  expect(relay.asked).toEqual([])
})
