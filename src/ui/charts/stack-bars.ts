// The pieces of stacked bars, as SVG paths: a gap of a pixel between two, the uppermost rounded at its top. Pure.
import { stack } from 'd3-shape'
import { heightOf, placeOf, type ChartScale } from './chart-scale.ts'

export type BarPiece = { column: number; series: number; path: string }

const GAP_PX = 1
const ROUND_PX = 3
/** A bar keeps this much of its share of the width. */
const FULL = 0.84
const WIDEST_PX = 56

/** `columns`: for each column the values of all series, from below. Nothing is drawn for what is not above 0. */
export function stackBars(columns: readonly (readonly number[])[], scale: ChartScale, width: number, height: number): BarPiece[] {
  const seriesCount = Math.max(0, ...columns.map((column) => column.length))
  const keys = Array.from({ length: seriesCount }, (_, at) => at)
  const layers = stack<readonly number[], number>().keys(keys).value((column, key) => Math.max(0, column[key] ?? 0))([...columns])
  const thick = barWidth(columns.length, width)
  return columns.flatMap((column, at) => {
    const left = placeOf(at, columns.length, width, 'bands') - thick / 2
    const shown = keys.filter((key) => (column[key] ?? 0) > 0)
    return shown.map((key, order) => {
      const [from = 0, to = 0] = layers[key]?.[at] ?? []
      const floor = heightOf(from, scale, height) - (order > 0 ? GAP_PX : 0)
      const top = Math.min(heightOf(to, scale, height), floor - 0.5)
      return { column: at, series: key, path: piecePath(left, top, thick, floor - top, key === shown.at(-1) ? ROUND_PX : 0) }
    })
  })
}

export const barWidth = (count: number, width: number): number => Math.max(1, Math.min(WIDEST_PX, (width / Math.max(1, count)) * FULL))

function piecePath(left: number, top: number, width: number, height: number, round: number): string {
  const r = Math.min(round, height, width / 2)
  const px = (value: number) => Number(value.toFixed(1))
  return `M${px(left)} ${px(top + height)}v${px(r - height)}q0 ${px(-r)} ${px(r)} ${px(-r)}h${px(width - 2 * r)}q${px(r)} 0 ${px(r)} ${px(r)}v${px(height - r)}z`
}
