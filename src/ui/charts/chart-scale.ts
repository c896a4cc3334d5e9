// Where things stand in a chart: a scale from 0 with three grid lines, and places along its width. Pure.

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

export type ChartScale = {
  /** The value at the upper edge. */
  top: number
  /** The values of the three grid lines, from below. The line at 0 is not one of them. */
  grid: readonly [number, number, number]
}

/** From 0 to the first three round steps that hold `most`; so it seldom changes while values do. */
export function scaleFor(most: number): ChartScale {
  const third = (Number.isFinite(most) && most > 0 ? most : 3) / 3
  const magnitude = 10 ** Math.floor(Math.log10(third))
  // What 0.1 + 0.2 leaves over must not cost a whole step.
  const step = (STEPS.find((each) => each * magnitude >= third * (1 - 1e-9)) ?? 10) * magnitude
  return { top: 3 * step, grid: [step, 2 * step, 3 * step] }
}

/** Distance from the upper edge of a chart of this height. */
export const heightOf = (value: number, { top }: ChartScale, height: number): number => height - (Math.min(Math.max(value, 0), top) / top) * height

/** `edges`: the first point at the left edge and the last at the right one, for lines. `bands`: each in the middle of its share, for bars. */
export type Placing = 'edges' | 'bands'

export function placeOf(at: number, count: number, width: number, placing: Placing): number {
  if (placing === 'bands') return ((at + 0.5) / Math.max(1, count)) * width
  return count < 2 ? width : (at / (count - 1)) * width
}

/** Which point is nearest to this distance from the left edge; null in an empty chart. */
export function nearestTo(x: number, count: number, width: number, placing: Placing): number | null {
  if (count === 0 || width <= 0) return null
  const at = placing === 'bands' ? Math.floor((x / width) * count) : Math.round((x / width) * (count - 1))
  return Math.min(count - 1, Math.max(0, at))
}

/** Where an arrow key goes from the point that is read: on to the next, and no further than the ends. */
export function stepFrom(at: number | null, count: number, key: string): number | null {
  const last = count - 1
  if (last < 0) return null
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (key === 'ArrowLeft' || key === 'ArrowDown') return at === null ? last : Math.max(0, at - 1)
  if (key === 'ArrowRight' || key === 'ArrowUp') return at === null ? 0 : Math.min(last, at + 1)
  return null
}
