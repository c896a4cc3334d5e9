// Metrics: the text by an independent parser, histograms against what they were told, names and labels by the conventions.
import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { createHistogram, quantile, since, total } from '../../../relay/observability/histogram.ts'
import { FAMILIES } from '../../../relay/observability/metric-families.ts'
import { createMetrics } from '../../../relay/observability/metrics.ts'
import { histogramsOf, parsePrometheus } from './prometheus-text.ts'

test('counts by labels, reads what is asked for, and a label may hold anything', () => {
  const metrics = createMetrics()
  let open = 2
  metrics.add('ensemble_events_total', 3)
  metrics.add('ensemble_events_total')
  metrics.add('ensemble_errors_total', 1, { code: 'a"\\\n' })
  metrics.read('ensemble_connections', () => open)
  metrics.readBy('ensemble_claude_processes', 'state', () => ({ ready: 1, spare: 0 }))
  open = 5
  const families = parsePrometheus(metrics.text())
  expect(families.get('ensemble_events_total')).toMatchObject({ type: 'counter', samples: [{ labels: {}, value: 4 }] })
  expect(families.get('ensemble_errors_total')!.samples).toEqual([{ name: 'ensemble_errors_total', labels: { code: 'a"\\\n' }, value: 1 }])
  expect(families.get('ensemble_connections')).toMatchObject({ type: 'gauge', samples: [{ value: 5 }] })
  expect(families.get('ensemble_claude_processes')!.samples.map(({ labels, value }) => [labels.state, value])).toEqual([['ready', 1], ['spare', 0]])
  expect(metrics.total('ensemble_events_total')).toBe(4)
})

test('what has no labels is there from the start: a rate needs the zero it began with', () => {
  const families = parsePrometheus(createMetrics().text())
  expect(families.get('ensemble_signals_total')!.samples).toEqual([{ name: 'ensemble_signals_total', labels: {}, value: 0 }])
  expect(histogramsOf(families.get('ensemble_fanout_seconds')!).get('{}')).toMatchObject({ sum: 0, count: 0 })
})

test('more series than a table of ours could have are counted as one', () => {
  const metrics = createMetrics()
  for (let i = 0; i < 5_000; i++) metrics.add('ensemble_errors_total', 1, { code: `made up ${i}` })
  const { samples } = parsePrometheus(metrics.text()).get('ensemble_errors_total')!
  expect(samples.length).toBeLessThan(2_000)
  expect(samples.find(({ labels }) => labels.code === 'other')!.value).toBeGreaterThan(3_000)
  expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(5_000)
})

test('names and units follow the conventions of Prometheus', () => {
  for (const [name, family] of Object.entries(FAMILIES)) {
    expect(name).toMatch(/^(ensemble|process)_[a-z0-9_]+$/)
    expect([name, name.endsWith('_total')]).toEqual([name, family.type === 'counter'])
    expect(family.help).toMatch(/^[A-Z/].+\.$/)
    expect([name, /_(ms|milliseconds|mib|kb)(_|$)/.test(name)]).toEqual([name, false])
    if (family.type === 'histogram') expect([name, [...family.buckets].sort((a, b) => a - b)]).toEqual([name, [...family.buckets]])
  }
})

describe('histograms', () => {
  const values = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 200 })
  const bounds = [0.001, 0.01, 0.1, 1, 10]

  test('each value is in exactly one bucket, and the text adds them up', () => {
    fc.assert(
      fc.property(values, (observed) => {
        const metrics = createMetrics()
        const histogram = metrics.histogram('ensemble_fanout_seconds')
        for (const value of observed) histogram.observe(value)
        const { buckets, sum, count } = histogramsOf(parsePrometheus(metrics.text()).get('ensemble_fanout_seconds')!).get('{}')!
        for (const { le, value } of buckets) expect(value).toBe(observed.filter((each) => each <= le).length)
        expect([buckets.at(-1)!.le, count]).toEqual([Infinity, observed.length])
        expect(sum).toBeCloseTo(observed.reduce((all, each) => all + each, 0), 6)
      }),
    )
  })

  test('a quantile lies in the bucket of the true one, and needs something to be counted', () => {
    expect(quantile(createHistogram(bounds).counted(), 0.99)).toBeNull()
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 100 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (observed, share) => {
        const histogram = createHistogram(bounds)
        for (const value of observed) histogram.observe(value)
        const sorted = [...observed].sort((a, b) => a - b)
        const exact = sorted[Math.ceil(share * sorted.length) - 1]!
        const upper = bounds.find((bound) => exact <= bound)!
        const lower = bounds[bounds.indexOf(upper) - 1] ?? 0
        const estimate = quantile(histogram.counted(), share)!
        expect([estimate >= lower, estimate <= upper]).toEqual([true, true])
      }),
    )
  })

  test('two looks tell what came between', () => {
    const histogram = createHistogram(bounds)
    histogram.observe(5)
    const before = histogram.counted()
    histogram.observe(0.5)
    histogram.observe(50)
    const between = since(histogram.counted(), before)
    expect([between.counts, between.sum, total(between)]).toEqual([[0, 0, 0, 1, 0, 1], 50.5, 2])
  })
})
