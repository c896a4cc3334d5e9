// The line of a chart and the area under it, as SVG paths. Pure.
import { area, line } from 'd3-shape'
import { heightOf, placeOf, type ChartScale } from './chart-scale.ts'

/** A value of null is a gap: nothing is known of that moment, so nothing is drawn through it. */
export function linePath(values: readonly (number | null)[], scale: ChartScale, width: number, height: number): { line: string; area: string } {
  const known = (value: number | null) => value !== null
  const x = (_value: number | null, at: number) => placeOf(at, values.length, width, 'edges')
  const y = (value: number | null) => heightOf(value ?? 0, scale, height)
  return {
    line: line<number | null>(x, y).defined(known).digits(1)([...values]) ?? '',
    area: area<number | null>(x, height, y).defined(known).digits(1)([...values]) ?? '',
  }
}
