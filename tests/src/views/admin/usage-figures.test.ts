// What a report of usage says: every day, a series per model, shares; and the days that are asked for.
import { expect, test } from 'bun:test'
import type { UsageReport, UsageRow } from '#protocol'
import { lastDays } from '../../../../src/stores/usage-range.ts'
import { cacheShare, costByModel, daysOf, modelName, terminalShare, tokensOf, worthALine } from '../../../../src/views/admin/usage-figures.ts'

const none = { turns: 0, input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, cost_micros: 0, estimated_micros: 0, unpriced_tokens: 0 }
const row = (more: Partial<UsageRow>): UsageRow => ({ ...none, ...more })
const report = (rows: UsageRow[], total: Partial<UsageReport['total']> = {}): UsageReport => ({ from: '2026-10-30', to: '2026-11-02', tz: 'Asia/Seoul', rows, total: { ...none, ...total }, cut: false })

test('a report has every day, also those on which nothing was used', () => expect(daysOf(report([]))).toEqual(['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02']))

test('each model is a series in dollars, dated names of one model are one, and one without a price is none', () => {
  const rows = [
    row({ day: '2026-10-31', model: 'claude-opus-5-5', cost_micros: 1_500_000 }),
    row({ day: '2026-10-31', model: 'claude-opus-5-5-20260101', cost_micros: 500_000 }),
    row({ day: '2026-11-02', model: 'claude-haiku-4-5', cost_micros: 1 }),
    row({ day: '2026-11-02', model: 'unheard-of', input_tokens: 5 }),
  ]
  expect(costByModel(report(rows))).toEqual([
    { name: 'Opus 5.5', values: [0, 2, 0, 0] },
    { name: 'Haiku 4.5', values: [0, 0, 0, 0.000001] },
  ])
})

test('models are called as people call them; what is not known keeps its name', () => {
  expect(['claude-opus-5-5', 'claude-sonnet-4-5-20250929', 'claude-3-7-sonnet-latest', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'gpt-5', ''].map(modelName)).toEqual(['Opus 5.5', 'Sonnet 4.5', 'Sonnet 3.7', 'Haiku 4.5', 'gpt-5', '?'])
})

test('shares are of what there is, and of nothing there is none', () => {
  expect([cacheShare(row({ input_tokens: 5, cache_read_tokens: 90, cache_write_tokens: 5 })), cacheShare(row({ output_tokens: 9 }))]).toEqual([0.9, null])
  expect(terminalShare(report([row({ source: 'relay', cost_micros: 75 }), row({ source: 'terminal', cost_micros: 25 })], { cost_micros: 100 }))).toBe(0.25)
  expect([terminalShare(report([row({ source: 'relay', cost_micros: 75 })], { cost_micros: 75 })), terminalShare(report([]))]).toEqual([0, null])
})

test('what used nothing is no line, and there are ten at most', () => {
  expect(worthALine([row({ turns: 1 }), ...Array.from({ length: 12 }, (_, at) => row({ session_id: `s${at}`, output_tokens: 1 }))]).map((each) => each.session_id)).toEqual(Array.from({ length: 10 }, (_, at) => `s${at}`))
  expect(tokensOf(row({ input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4 }))).toBe(10)
})

test('G5 the last days are those of the reader’s calendar, today included', () => {
  const late = Date.UTC(2026, 10, 8, 20)
  expect(lastDays(7, late, 'Asia/Seoul')).toEqual({ from: '2026-11-03', to: '2026-11-09', tz: 'Asia/Seoul' })
  expect(lastDays(1, late, 'UTC')).toEqual({ from: '2026-11-08', to: '2026-11-08', tz: 'UTC' })
})
