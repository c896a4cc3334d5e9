// Positions: whatever happens on the way, each event is applied once and in order.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { createSubscription } from '../../../src/connection/subscription.ts'
import type { Subscribed } from '#protocol'

const EPOCH = 'e1'
const answer = (seq: number, from: number | null, more: Partial<Subscribed> = {}): Subscribed => ({ channel: 'session:s', epoch: EPOCH, seq, from, recovered: true, ...more })

test('without position or history the channel begins at the top', () => {
  const subscription = createSubscription('now')
  expect(subscription.join('a')).toEqual({})
  expect(subscription.answered('a', answer(41, null))).toBe('joined')
  expect(subscription.position()).toEqual({ epoch: EPOCH, seq: 41 })
  expect(subscription.judge(42)).toBe('apply')
})

test('history begins before the first event that follows; positions come back with the next join', () => {
  const subscription = createSubscription({ history: 3 })
  expect(subscription.join('a')).toEqual({ history: 3 })
  subscription.answered('a', answer(10, 8))
  expect(subscription.behind()).toBe(3)
  expect([8, 9].map((seq) => subscription.judge(seq))).toEqual(['apply', 'apply'])
  subscription.lost()
  expect(subscription.join('b')).toEqual({ position: { epoch: EPOCH, seq: 9 } })
})

test('nothing is taken while a join waits for its answer: it belongs to an older join', () => {
  const subscription = createSubscription({ position: { epoch: EPOCH, seq: 5 } })
  subscription.join('a')
  expect(subscription.judge(6)).toBe('ignore')
  expect(subscription.judge(null)).toBe('ignore')
  subscription.join('b')
  expect(subscription.answered('a', answer(9, 6))).toBe('stale')
  expect(subscription.judge(6)).toBe('ignore')
  expect(subscription.answered('b', answer(9, 6))).toBe('joined')
  expect(subscription.judge(null)).toBe('apply')
  expect(subscription.judge(6)).toBe('apply')
})

test('a hole asks for another join and takes nothing more until then', () => {
  const subscription = createSubscription({ position: { epoch: EPOCH, seq: 5 } })
  subscription.join('a')
  subscription.answered('a', answer(5, null))
  expect(subscription.judge(7)).toBe('gap')
  expect(subscription.judge(6)).toBe('ignore')
  expect(subscription.join('b')).toEqual({ position: { epoch: EPOCH, seq: 5 } })
})

test('another epoch, an unrecovered position, and a hole that will not close all need a snapshot', () => {
  const start = { position: { epoch: EPOCH, seq: 5 } }
  const restored = createSubscription(start)
  restored.join('a')
  expect(restored.answered('a', answer(9, 6, { epoch: 'e2' }))).toBe('snapshot')

  const trimmed = createSubscription(start)
  trimmed.join('a')
  expect(trimmed.answered('a', answer(9, null, { recovered: false }))).toBe('snapshot')
  trimmed.moveTo({ epoch: 'e2', seq: 9 })
  expect(trimmed.join('b')).toEqual({ position: { epoch: 'e2', seq: 9 } })

  const holed = createSubscription(start)
  const verdicts: string[] = []
  for (let round = 0; round < 6; round++) {
    holed.join(`j${round}`)
    verdicts.push(holed.answered(`j${round}`, answer(9, 6)))
    holed.judge(8)
  }
  expect(verdicts).toEqual(['joined', 'joined', 'joined', 'joined', 'snapshot', 'joined'])
})

/** What may happen on the way from the relay's log to the browser. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'swap' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('old-join' as const), from: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'delay-answer' as const }) },
)

test('cut, lost, repeated, swapped and late messages: applied exactly once, in order, none missing in the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (steps, start) => {
      const subscription = createSubscription({ position: { epoch: EPOCH, seq: start } })
      const applied: number[] = []
      let top = start + 3
      let joins = 0
      /** The next seq the relay will send on the present join; null while nobody is joined. */
      let next: number | null = null
      let late: string | null = null

      const receive = (seq: number) => {
        const verdict = subscription.judge(seq)
        if (verdict === 'apply') applied.push(seq)
        if (verdict === 'gap') join()
      }
      const join = (holdAnswer = false) => {
        const id = `j${++joins}`
        const wanted = subscription.join(id)
        const after = wanted.position!.seq
        if (holdAnswer) {
          late = id
          return
        }
        next = after + 1
        const joined = subscription.answered(id, answer(top, after < top ? after + 1 : null))
        if (joined === 'snapshot') {
          // The caller's state now stands at the position: it goes on from there.
          subscription.moveTo({ epoch: EPOCH, seq: after })
          join()
        }
      }
      const deliver = (count: number) => {
        for (let sent = 0; sent < count && next !== null && next <= top; sent++) receive(next++)
      }

      join()
      for (const each of steps) {
        if (each.kind === 'append') top += each.count
        else if (each.kind === 'deliver') deliver(each.count)
        else if (each.kind === 'cut') {
          subscription.lost()
          receive(next ?? 1)
          join()
        } else if (each.kind === 'lose') {
          if (next !== null) next = Math.min(top + 1, next + each.count)
        } else if (each.kind === 'repeat') {
          for (let seq = Math.max(1, (next ?? 1) - each.back); seq < (next ?? 1); seq++) receive(seq)
        } else if (each.kind === 'swap' && next !== null && next + 1 <= top) {
          const first = next
          next += 2
          receive(first + 1)
          receive(first)
        } else if (each.kind === 'old-join') {
          if (late) expect(subscription.answered(`gone${each.from}`, answer(each.from, 1))).toBe('stale')
          for (let seq = each.from; seq < each.from + 3 && seq <= top; seq++) if (seq < (next ?? 0)) receive(seq)
        } else if (each.kind === 'delay-answer') {
          join(true)
          receive(next ?? 1)
          join()
          if (late) expect(subscription.answered(late, answer(top, 1))).toBe('stale')
          late = null
        }
      }
      subscription.lost()
      join()
      deliver(Number.MAX_SAFE_INTEGER)
      expect(applied).toEqual(Array.from({ length: top - start }, (_, index) => start + 1 + index))
    }),
    { numRuns: 2_000 },
  )
})
