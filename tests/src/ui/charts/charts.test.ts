// The maths of charts: scales from 0, lines with gaps, stacked bars, at most four series, what is read out.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { shownLabels, spokenReading } from '../../../../src/ui/charts/chart-reading.ts'
import { heightOf, nearestTo, placeOf, scaleFor, stepFrom } from '../../../../src/ui/charts/chart-scale.ts'
import { foldSeries } from '../../../../src/ui/charts/fold-series.ts'
import { linePath } from '../../../../src/ui/charts/line-path.ts'
import { barWidth, stackBars } from '../../../../src/ui/charts/stack-bars.ts'

describe('the scale', () => {
  test('ends at three round steps that hold the highest value', () => {
    expect(scaleFor(58).grid).toEqual([20, 40, 60])
    expect(scaleFor(300).top).toBe(300)
    expect(scaleFor(301).top).toBe(450)
    expect(scaleFor(0.3).top).toBeCloseTo(0.3)
  })

  test('has a height where there is nothing to show', () => {
    expect([scaleFor(0).top, scaleFor(Number.NaN).top, scaleFor(-4).top]).toEqual([3, 3, 3])
  })

  test('holds any value, with no more than 1.7 times the room it needs', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (most) => {
        const { top } = scaleFor(most)
        expect(top).toBeGreaterThanOrEqual(most * (1 - 1e-8))
        expect(top).toBeLessThanOrEqual(most * 1.7)
      }),
    )
  })

  test('0 is at the lower edge, the highest at the upper one, and nothing leaves the chart', () => {
    const scale = scaleFor(60)
    expect([0, 30, 60, 900, -5].map((value) => heightOf(value, scale, 100))).toEqual([100, 50, 0, 0, 100])
  })
})

describe('places', () => {
  test('lines reach both edges, bars stand in the middle of their share', () => {
    expect([0, 1, 2].map((at) => placeOf(at, 3, 100, 'edges'))).toEqual([0, 50, 100])
    expect([0, 1].map((at) => placeOf(at, 2, 100, 'bands'))).toEqual([25, 75])
  })

  test('the pointer reads the point it is nearest to', () => {
    expect([0, 24, 26, 500, -3].map((x) => nearestTo(x, 3, 100, 'edges'))).toEqual([0, 0, 1, 2, 0])
    expect([0, 49, 51, 100].map((x) => nearestTo(x, 2, 100, 'bands'))).toEqual([0, 0, 1, 1])
    expect(nearestTo(5, 0, 100, 'bands')).toBeNull()
  })

  test('arrow keys stop at the ends and begin at the newest', () => {
    expect(stepFrom(null, 5, 'ArrowLeft')).toBe(4)
    expect(stepFrom(0, 5, 'ArrowLeft')).toBe(0)
    expect(stepFrom(4, 5, 'ArrowRight')).toBe(4)
    expect([stepFrom(2, 5, 'Home'), stepFrom(2, 5, 'End'), stepFrom(2, 5, 'x'), stepFrom(null, 0, 'End')]).toEqual([0, 4, null, null])
  })
})

describe('lines', () => {
  const scale = scaleFor(30)

  test('go through every known value', () => {
    expect(linePath([0, 30, 15], scale, 100, 50).line).toBe('M0,50L50,0L100,25')
    expect(linePath([0, 30, 15], scale, 100, 50).area).toBe('M0,50L50,0L100,25L100,50L50,50L0,50Z')
  })

  test('are broken where nothing is known', () => {
    expect(linePath([0, null, 15, 15], scale, 90, 50).line).toBe('M0,50ZM60,25L90,25')
  })

  test('of nothing are nothing', () => {
    expect(linePath([], scale, 100, 50)).toEqual({ line: '', area: '' })
  })
})

describe('bars', () => {
  const scale = scaleFor(60)
  const edges = (path: string) => [...path.matchAll(/^M([\d.]+) ([\d.]+)v(-?[\d.]+)q0 (-?[\d.]+)/g)].flatMap(([, left, floor, up, round]) => [Number(left), Number(floor), Number(up) + Number(round)])

  test('stand on each other with a pixel between, and only the uppermost is round', () => {
    const [low, high] = stackBars([[30, 30]], scale, 50, 120)
    expect(edges(low!.path)).toEqual([4, 120, -60])
    expect(edges(high!.path)).toEqual([4, 59, -59])
    expect(low!.path).toContain('q0 0 0 0')
    expect(high!.path).toContain('q0 -3 3 -3')
  })

  test('draw nothing for nothing, and keep the colour of their series', () => {
    expect(stackBars([[0, 12, 0], [0, 0, 0]], scale, 100, 100).map(({ column, series }) => [column, series])).toEqual([[0, 1]])
  })

  test('what is little is still seen', () => {
    expect(edges(stackBars([[0.0001]], scale, 100, 100)[0]!.path)[2]).toBeLessThanOrEqual(-0.5)
  })

  test('keep room between them however many there are', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), (count) => expect(barWidth(count, 640)).toBeLessThan(640 / count)))
  })
})

describe('series', () => {
  test('are four at most: the largest by name, the others together', () => {
    const of = (name: string, value: number) => ({ name, values: [value, 1] })
    const folded = foldSeries([of('a', 1), of('b', 9), of('c', 5), of('d', 2), of('e', 3)], 'Others')
    expect(folded.map(({ name }) => name)).toEqual(['b', 'c', 'e', 'Others'])
    expect(folded.at(-1)!.values).toEqual([3, 2])
    expect(foldSeries([of('a', 1), of('b', 9)], 'Others').map(({ name }) => name)).toEqual(['b', 'a'])
  })
})

describe('what is read', () => {
  test('names its series where there are several', () => {
    expect(spokenReading('8 Nov', [{ name: 'Latency', texts: ['9 ms'] }], 0)).toBe('8 Nov: 9 ms')
    expect(spokenReading('8 Nov', [{ name: 'Opus', texts: ['$8'] }, { name: 'Haiku', texts: ['$1'] }], 0)).toBe('8 Nov: Opus $8, Haiku $1')
  })

  test('first, middle and last stand under the chart', () => {
    expect(shownLabels(['1', '2', '3', '4', '5', '6', '7'])).toEqual(['1', '4', '7'])
    expect(shownLabels(['1', '2'])).toEqual(['1', '2'])
    expect([shownLabels(['1']), shownLabels([])]).toEqual([['1'], []])
  })
})
