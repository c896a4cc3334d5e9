// Whether the view goes with text that grows at its end. Following is a fact about position; a gesture upwards ends it until the reader returns.

export type Following = {
  /** Goes with the end. */
  on: boolean
  /** A gesture ended it: nearness alone does not bring it back. */
  paused: boolean
}
type Position = { top: number; height: number; viewport: number }

/** The end counts as in view when no more than this is below it. */
const NEAR_PX = 48
/** The jump button comes when more than this is below. */
export const FAR_PX = 120
/** Fractions of pixels and zoom leave the end this far away at most. */
const AT_END_PX = 2

export const distanceToEnd = ({ top, height, viewport }: Position): number => Math.max(0, height - viewport - top)

/** After the view was moved, by whomever: `by` is its movement in px, up is negative. */
export function afterScroll(before: Following, position: Position, by: number): Following {
  const distance = distanceToEnd(position)
  if (before.paused && distance > AT_END_PX) return { on: false, paused: true }
  // Moved up by hand, even a little: the end is near, but it is not what the reader wants.
  if (by < -1 && distance > AT_END_PX) return { on: false, paused: true }
  // Nobody went away from the end: it has moved on itself, and is on its way into view.
  if (before.on) return before
  return { on: distance <= NEAR_PX, paused: false }
}

/** An upward wheel, a drag, a key, a selection, find or focus inside. */
export const afterGesture = (before: Following): Following => (before.paused ? before : { on: false, paused: true })

/** The reader asked for the end, or sent a prompt. */
export const AT_END: Following = { on: true, paused: false }
