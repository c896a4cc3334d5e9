// What a lane remembers, and what it lets go of.
import { expect, test } from 'bun:test'
import type { EventMessage, Message } from '../../../relay/channels/delivery/message.ts'
import { createLane } from '../../../relay/channels/lane.ts'
import type { Membership } from '../../../relay/channels/memberships.ts'

function laneWith(shown = new Map<string, number>(), topOfLog = async () => 0) {
  const out: Message[] = []
  const coalescer = { topic: () => '', add: (messages: Message[]) => void out.push(...messages), flush() {}, quiet: () => true, stop() {} }
  let settledTimes = 0
  const lane = createLane({ channel: 'session:1', coalescer, topOfLog, shown, onSettled: () => void settledTimes++ })
  lane.members.add({} as Membership)
  return { lane, out, settledTimes: () => settledTimes }
}

const event = (seq: number, completes: string | null = null): EventMessage => ({
  kind: 'event',
  event: { channel: 'session:1', seq, type: 'message', data: '{}', timestamp: 1 },
  completes,
  publishedAt: 0,
})

const delta = (block: string, offset: number, piece: string): Message => ({
  kind: 'delta', channel: 'session:1', type: 'thinking', block, head: '{"a":1', offset, piece, timestamp: 1, publishedAt: 0,
})

test('commits that are decided out of order are told in order', () => {
  const { lane, out, settledTimes } = laneWith()
  const [first, second, third] = [lane.reserve(), lane.reserve(), lane.reserve()]
  lane.settle(third, [event(3)])
  lane.settle(second, [])
  expect(out).toEqual([])
  lane.settle(first, [event(1), event(2)])
  expect(out.map((message) => message.kind === 'event' && message.event.seq)).toEqual([1, 2, 3])
  expect([lane.told(), lane.floor(), settledTimes()]).toEqual([3, 0, 1])
})

test('the text of a block counts as shown when it was told, and is forgotten with its event', () => {
  const { lane } = laneWith(new Map([['m0', 7]]))
  lane.pass(delta('m1', 0, 'abc'))
  const slot = lane.reserve()
  lane.pass(delta('m1', 3, 'de'))
  expect([...lane.shown]).toEqual([['m0', 7], ['m1', 3]])
  lane.settle(slot, [event(1, 'm0')])
  expect([...lane.shown]).toEqual([['m1', 5]])
})

test('the position is that of the log while nothing is under way, and of what was told otherwise', async () => {
  const { lane } = laneWith(new Map(), async () => 41)
  expect(await lane.position()).toBe(41)
  expect(lane.floor()).toBe(41)

  const busy = laneWith(new Map(), async () => 42)
  const slot = busy.lane.reserve()
  const position = busy.lane.position()
  await Promise.resolve()
  busy.lane.settle(slot, [event(42)])
  expect(await position).toBe(42)
  expect(busy.lane.floor()).toBe(41)

  const refused = laneWith(new Map(), async () => 41)
  const nothing = refused.lane.reserve()
  const after = refused.lane.position()
  await Promise.resolve()
  refused.lane.settle(nothing, [])
  expect(await after).toBe(41)
})
