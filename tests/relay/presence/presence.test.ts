// Who is here: devices merged, a short absence forgiven, the latest caret kept, and a storm of joins that stays cheap.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createPresence, type SessionPresence } from '../../../relay/channels/presence.ts'
import type { FakeSocket, Message } from '../channels/fake-server.ts'
import { openRig, type Rig } from '../channels/rig.ts'

let rig: Rig
let presence: SessionPresence
let socket: FakeSocket
const minji = { userId: 'u1', username: '민지' }
const joon = { userId: 'u2', username: 'joon' }
const times = { graceMs: 10_000, awayMs: 300_000, scanMs: 15_000, tellMs: 50, tellMsPerPerson: 5 }

beforeEach(async () => {
  rig = await openRig()
  presence = createPresence({ channels: rig.channels, clock: rig.clock, times })
  socket = rig.server.connect('v1')
  await rig.join(socket, 'session:s')
})
afterEach(async () => {
  presence.stop()
  await rig.end()
})

const signals = (type: string): Message[] => socket.messages.filter((message) => message.type === type)
const last = () => (signals('presence').at(-1)?.data['people'] ?? []) as { username: string; status: string }[]
const names = () => last().map(({ username, status }) => (status === 'here' ? username : `(${username})`))
const settle = () => rig.clock.advance(1_000)

test('somebody comes: everybody is told who is here, as a signal without seq', () => {
  presence.enter('s', 'c1', minji)
  expect(names()).toEqual(['민지'])
  expect(signals('presence')[0]).not.toHaveProperty('seq')
  presence.enter('s', 'c2', joon)
  settle()
  expect(names()).toEqual(['민지', 'joon'])
  expect(presence.people('s')).toEqual([
    { user_id: 'u1', username: '민지', status: 'here' },
    { user_id: 'u2', username: 'joon', status: 'here' },
  ])
})

test('two devices are one person, who goes ten seconds after the last of them', () => {
  presence.enter('s', 'laptop', minji)
  presence.enter('s', 'phone', minji)
  presence.enter('s', 'c2', joon)
  settle()
  expect(names()).toEqual(['민지', 'joon'])
  presence.leave('s', 'laptop')
  rig.clock.advance(60_000)
  expect(names()).toEqual(['민지', 'joon'])
  presence.leave('s', 'phone')
  rig.clock.advance(9_999)
  expect(names()).toEqual(['민지', 'joon'])
  rig.clock.advance(1)
  settle()
  expect(names()).toEqual(['joon'])
})

test('a reload is not told to anybody', () => {
  presence.enter('s', 'c1', minji)
  settle()
  const before = signals('presence').length
  presence.ended('c1')
  rig.clock.advance(5_000)
  presence.enter('s', 'c1-again', minji)
  rig.clock.advance(60_000)
  expect(signals('presence').length).toBe(before)
  expect(names()).toEqual(['민지'])
})

test('a connection that ends leaves all its sessions', () => {
  presence.enter('s', 'c1', minji)
  presence.enter('t', 'c1', minji)
  presence.ended('c1')
  rig.clock.advance(11_000)
  expect([presence.people('s'), presence.people('t')]).toEqual([[], []])
})

test('away after five minutes in which nobody did anything at any device, and back with the next sign', () => {
  presence.enter('s', 'laptop', minji)
  presence.enter('s', 'phone', minji)
  rig.clock.advance(200_000)
  presence.active('phone')
  rig.clock.advance(290_000)
  expect(names()).toEqual(['민지'])
  rig.clock.advance(30_000)
  expect(names()).toEqual(['(민지)'])
  presence.active('laptop')
  settle()
  expect(names()).toEqual(['민지'])
  presence.active('unknown connection')
  expect(names()).toEqual(['민지'])
})

test('who may not read the session any more is gone at once, and what they leave behind does not come back', () => {
  presence.enter('s', 'c1', minji)
  presence.enter('s', 'c2', joon)
  settle()
  presence.forget('s', 'u1')
  settle()
  expect(names()).toEqual(['joon'])
  presence.leave('s', 'c1')
  presence.active('c1')
  rig.clock.advance(60_000)
  expect(names()).toEqual(['joon'])
  presence.forget('s', null)
  settle()
  expect(names()).toEqual([])
})

test('typing passes with the name and is kept nowhere', () => {
  presence.typing('s', minji)
  expect(signals('typing')).toMatchObject([{ channel: 'session:s', data: { session_id: 's', user_id: 'u1', username: '민지' } }])
})

test('the latest device\'s caret wins and waits for those who come later; it goes with its person', () => {
  presence.enter('s', 'laptop', minji)
  presence.enter('s', 'phone', minji)
  presence.caret('s', 'laptop', minji, { path: 'a.ts', position: { line: 1, column: 1 } })
  presence.caret('s', 'phone', minji, { path: 'b.ts', position: { line: 2, column: 3 }, selection: { start: { line: 2, column: 1 }, end: { line: 2, column: 3 } } })
  settle()
  expect(presence.carets('s')).toMatchObject([{ user_id: 'u1', path: 'b.ts', position: { line: 2, column: 3 } }])
  expect(signals('cursor_moved').at(-1)?.data).toMatchObject({ path: 'b.ts' })
  presence.leave('s', 'laptop')
  presence.leave('s', 'phone')
  rig.clock.advance(11_000)
  expect(presence.carets('s')).toEqual([])
})

test('of many caret moves in one window only the last of each person leaves', () => {
  presence.enter('s', 'c1', minji)
  presence.enter('s', 'c2', joon)
  settle()
  const before = signals('cursor_moved').length
  for (let n = 1; n <= 50; n++) {
    presence.caret('s', 'c1', minji, { position: { line: n, column: 1 } })
    presence.caret('s', 'c2', joon, { position: { line: n, column: 2 } })
  }
  rig.clock.advance(5)
  const moves = signals('cursor_moved').slice(before)
  expect(moves.length).toBeLessThanOrEqual(4)
  expect(moves.slice(-2).map(({ data }) => (data['position'] as { line: number }).line)).toEqual([50, 50])
})

test('a thousand people who come at once cost a handful of lists, and the last one is complete', () => {
  for (let n = 0; n < 1_000; n++) presence.enter('s', `c${n}`, { userId: `u${n}`, username: `user ${n}` })
  rig.clock.advance(60_000)
  expect(signals('presence').length).toBeLessThan(10)
  expect(last().length).toBe(1_000)
})

test('an empty session leaves no timer behind', () => {
  const before = rig.clock.pending()
  presence.enter('s', 'c1', minji)
  presence.leave('s', 'c1')
  rig.clock.advance(60_000)
  expect(rig.clock.pending()).toBe(before)
  presence.enter('s', 'c1', minji)
  presence.stop()
  rig.clock.advance(60_000)
  expect(rig.clock.pending()).toBeLessThan(before + 1)
})
