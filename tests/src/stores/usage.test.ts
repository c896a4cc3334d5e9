// The stores of what Claude used and what it may cost: which reports they ask for, that the latest choice counts, and that what was known stays.
import { expect, test } from 'bun:test'
import { useAccountStore } from '../../../src/stores/use-account-store.ts'
import { useCostNowStore } from '../../../src/stores/use-cost-now-store.ts'
import { useOwnUsageStore } from '../../../src/stores/use-own-usage-store.ts'
import { useUsageStore } from '../../../src/stores/use-usage-store.ts'
import { lastDays, readersZone } from '../../../src/stores/usage-range.ts'
import { eventually } from '../../support/eventually.ts'
import { createSmallRelay } from '../connection/small-relay.ts'
import { answered, createAskedRest, refused } from './asked-rest.ts'
import { openTestBrowser } from './test-browser.ts'

const now = Date.UTC(2027, 2, 14, 12)
const lasting = (days: number) => lastDays(days, now, readersZone())
const reportOf = (name: string) => ({ name, rows: [] })

function setUp() {
  const relay = createAskedRest()
  relay.at(now)
  return relay
}

test('cost now: by model over two weeks and by person today; what is not told stays as it was', async () => {
  const { asked, run } = setUp()
  const cost = run(() => useCostNowStore())
  const first = cost.load()
  expect(asked.map(({ path, query }) => [path, query])).toEqual([
    ['usage', { ...lasting(14), source: 'all', by: 'day,model' }],
    ['usage', { ...lasting(1), source: 'all', by: 'user' }],
  ])
  asked[0]!.answer(answered(reportOf('days')))
  asked[1]!.answer(refused('BUSY'))
  await first
  expect([cost.days, cost.today]).toMatchObject([{ name: 'days' }, null])
  const second = cost.load()
  asked[2]!.answer(refused('UNREACHABLE'))
  asked[3]!.answer(answered(reportOf('today')))
  await second
  expect([cost.days, cost.today]).toMatchObject([{ name: 'days' }, { name: 'today' }])
})

test('usage: one range from all its sides at once, and the latest choice counts', async () => {
  const { asked, run } = setUp()
  const usage = run(() => useUsageStore())
  const older = usage.load()
  const newer = usage.choose({ range: 30, source: 'terminal' })
  const sides = ['day,model', 'user', 'session', 'workspace', 'source']
  expect(asked.map(({ query, signal }) => [query, signal!.aborted])).toEqual([
    ...sides.map((by) => [{ ...lasting(14), source: 'all', by }, true]),
    ...sides.map((by) => [{ ...lasting(30), source: 'terminal', by }, false]),
  ])
  for (const { query, answer } of asked.slice(5)) answer(answered(reportOf(`new ${String(query['by'])}`)))
  await newer
  for (const { answer } of asked.slice(0, 5)) answer(refused('ABORTED'))
  await older
  expect([usage.sides!.days, usage.sides!.sources, usage.trouble]).toMatchObject([{ name: 'new day,model' }, { name: 'new source' }, null])

  const again = usage.load()
  for (const [index, { answer }] of asked.slice(10).entries()) answer(index === 3 ? refused('BUSY') : answered(reportOf('half')))
  await again
  // Sides that do not belong together are not shown together.
  expect([usage.sides!.days, usage.trouble?.code]).toMatchObject([{ name: 'new day,model' }, 'BUSY'])

  for (const [side, by] of [['days', 'day,model'], ['users', 'user'], ['sessions', 'session'], ['workspaces', 'workspace']] as const) {
    void usage.csv(side)
    expect(asked.at(-1)).toMatchObject({ path: 'usage.csv', query: { ...lasting(30), source: 'terminal', by } })
  }
  const found = usage.people('ju')
  asked.at(-1)!.answer(answered({ people: [{ id: 'u2', name: 'jun', role: 'user' }] }))
  expect((await found).map(({ name }) => name)).toEqual(['jun'])
  const none = usage.people('x')
  asked.at(-1)!.answer(refused('UNREACHABLE'))
  expect(await none).toEqual([])
})

test('usage: after a budget was set or taken away, refused or not, it is asked how the budgets stand', async () => {
  const { asked, run } = setUp()
  const usage = run(() => useUsageStore())
  const budget = { daily_usd: 5 } as never
  const changes = [() => usage.setBudget('u/1', budget), () => usage.removeBudget('u/1'), () => usage.setBudget(null, budget)]
  const outcomes: unknown[] = []
  for (const [index, change] of changes.entries()) {
    const changed = change()
    asked.at(-1)!.answer(index === 1 ? refused('FORBIDDEN') : answered({}))
    await eventually('how they stand is asked', () => asked.length === 2 * (index + 1))
    asked.at(-1)!.answer(answered({ budgets: [index] }))
    outcomes.push(await changed)
    expect(usage.budgets as unknown).toEqual({ budgets: [index] })
  }
  expect(asked.map(({ path }) => path)).toEqual(['budgets/u%2F1', 'budgets', 'budgets/u%2F1', 'budgets', 'budgets/default', 'budgets'])
  expect(asked.map(({ body }) => body)).toEqual([budget, undefined, undefined, undefined, budget, undefined])
  expect(outcomes).toMatchObject([null, { code: 'FORBIDDEN' }, null])
  const loaded = usage.loadBudgets()
  asked.at(-1)!.answer(refused('BUSY'))
  await loaded
  expect([usage.budgets, usage.trouble?.code]).toMatchObject([{ budgets: [2] }, 'BUSY'])
})

test('own usage: of oneself alone, with what is left of today; half of it is shown with what is in the way of the rest', async () => {
  const relay = createSmallRelay()
  const browser = await openTestBrowser({ origin: relay.origin, storage: new Map([['ensemble.page-key', 'half']]) })
  try {
    await browser.run(() => useAccountStore()).start()
    const own = browser.run(() => useOwnUsageStore())
    const figures = { turns: 1, input_tokens: 1, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0, cost_micros: 500_000, estimated_micros: 0, unpriced_tokens: 0 }
    const report = () => Response.json({ ...lasting(14), rows: [], total: figures, cut: false })
    const budget = (spent: number) => Response.json({ state: 'within', limit_micros: 1_000_000, spent_micros: spent, warn_percent: 80, day: '2027-03-14', tz: 'UTC', resets_at: now })
    relay.rest.hold(async (path) => (path === 'usage' ? report() : path === 'usage/budget' ? budget(500_000) : null))
    await own.load()
    expect([own.report!.total.cost_micros, own.budget!.spent_micros, own.trouble]).toEqual([500_000, 500_000, null])
    const { from, to, ...question } = Object.fromEntries(new URLSearchParams(relay.rest.asked.find((each) => each.startsWith('GET usage?'))!.split('?')[1]))
    expect([question, (Date.parse(to!) - Date.parse(from!)) / 86_400_000]).toEqual([{ tz: readersZone(), by: 'day', source: 'relay', user_id: 'u1' }, 13])
    relay.rest.hold(async (path) => (path === 'usage' ? new Response('gone', { status: 502 }) : budget(750_000)))
    await own.load()
    expect([own.report!.total.cost_micros, own.budget!.spent_micros, own.trouble === null]).toEqual([500_000, 750_000, false])
  } finally {
    browser.close()
    relay.stop()
  }
})
