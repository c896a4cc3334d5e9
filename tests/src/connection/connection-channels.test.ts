// The channels of a connection against a real WebSocket server: cuts, positions, holes, snapshots, old words of old sockets.
import { afterEach, expect, test } from 'bun:test'
import type { WebSocketConstructor } from '../../../src/connection/web-socket.ts'
import { stopAll, until, connect, newRelay, note, textOf, listen } from './connection-rig.ts'

afterEach(stopAll)

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
