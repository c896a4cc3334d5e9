// The stores of the operator's pages: what is shown says when it was told, one question at a time, and a slow answer to an older question changes nothing.
import { expect, test } from 'bun:test'
import { useAllSessionsStore } from '../../../src/stores/use-all-sessions-store.ts'
import { useOperationStore } from '../../../src/stores/use-operation-store.ts'
import { eventually } from '../../support/eventually.ts'
import { answered, createAskedRest, refused } from './asked-rest.ts'

function setUp() {
  const { run, ...relay } = createAskedRest()
  return { ...relay, operation: run(() => useOperationStore()), all: run(() => useAllSessionsStore()) }
}

test('live: figures keep the time at which they were told, while the link is down too', async () => {
  const { asked, at, operation } = setUp()
  const first = operation.load()
  void operation.load()
  expect(asked.map(({ path }) => path)).toEqual(['stats'])
  asked[0]!.answer(answered({ at: 1 }))
  await first
  expect([operation.stats, operation.askedAt, operation.trouble]).toMatchObject([{ at: 1 }, 1_000, null])
  at(9_000)
  const second = operation.load()
  asked[1]!.answer(refused('UNREACHABLE'))
  await second
  expect([operation.stats, operation.askedAt, operation.trouble]).toMatchObject([{ at: 1 }, 1_000, { code: 'UNREACHABLE' }])
})

test('live: a process that has ended by itself is stopped as well; what was in the way is told', async () => {
  const { asked, operation } = setUp()
  const outcomes: unknown[] = []
  for (const code of ['NOT_FOUND', 'FORBIDDEN']) {
    const stopped = operation.stop('p/1')
    asked.at(-1)!.answer(refused(code))
    await eventually('the figures are asked for anew', () => asked.at(-1)!.path === 'stats')
    asked.at(-1)!.answer(answered({ at: 1 }))
    outcomes.push(await stopped)
  }
  expect(outcomes).toMatchObject([null, { code: 'FORBIDDEN' }])
  expect(asked.map(({ path }) => path)).toEqual(['processes/p%2F1/stop', 'stats', 'processes/p%2F1/stop', 'stats'])
})

test('all sessions: what was asked for last counts; as many as are shown are kept fresh', async () => {
  const { asked, all } = setUp()
  const older = all.load()
  all.q = ' tides '
  all.state = 'failed'
  const newer = all.load()
  expect(asked.map(({ query }) => query)).toEqual([{ q: null, state: null, archived: null, limit: 50 }, { q: 'tides', state: 'failed', archived: null, limit: 50 }])
  const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `s${n}` }))
  asked[1]!.answer(answered({ sessions: rows(50), total: 60, next: 'c' }))
  await newer
  asked[0]!.answer(answered({ sessions: [], total: 0, next: null }))
  await older
  expect([all.rows!.length, all.total, all.next]).toEqual([50, 60, 'c'])
  const more = all.more()
  expect(asked[2]!.query).toMatchObject({ cursor: 'c', q: 'tides' })
  asked[2]!.answer(answered({ sessions: rows(10), total: 60, next: null }))
  await more
  void all.load()
  expect([all.rows!.length, asked[3]!.query['limit']]).toEqual([60, 60])
})
