// Where a tooltip stands: above its target if there is room, else below, and never over the edge of the view.

type Box = { left: number; top: number; width: number; height: number }
type Size = { width: number; height: number }

const gapPx = 6
const edgePx = 8

/** All in CSS pixels of the view. `below` is taken when asked for and it fits, or when above does not fit. */
export function placeTip(target: Box, tip: Size, view: Size, wish: 'above' | 'below' = 'above'): { left: number; top: number } {
  const above = target.top - gapPx - tip.height
  const below = target.top + target.height + gapPx
  const fitsAbove = above >= edgePx
  const fitsBelow = below + tip.height <= view.height - edgePx
  const top = wish === 'below' ? (fitsBelow || !fitsAbove ? below : above) : fitsAbove || !fitsBelow ? above : below
  const centred = target.left + target.width / 2 - tip.width / 2
  const left = Math.max(edgePx, Math.min(centred, view.width - edgePx - tip.width))
  return { left: Math.round(left), top: Math.round(Math.max(edgePx, top)) }
}
