// Where a sheet dragged by a finger comes to rest.

export type SheetHeight = 'low' | 'tall'

/** Shares of the view's height. */
export const sheetShares: Record<SheetHeight, number> = { low: 0.6, tall: 0.92 }

const flickPxPerMs = 0.5

/** `dragPx` is positive downwards. A quick flick decides by its direction, a slow drag by the nearest resting place. */
export function settleSheet(from: SheetHeight, dragPx: number, viewPx: number, pxPerMs: number): SheetHeight | 'closed' {
  if (pxPerMs > flickPxPerMs) return from === 'tall' && dragPx < viewPx * 0.3 ? 'low' : 'closed'
  if (pxPerMs < -flickPxPerMs) return 'tall'
  const share = sheetShares[from] - dragPx / viewPx
  if (share < sheetShares.low / 2) return 'closed'
  return share < (sheetShares.low + sheetShares.tall) / 2 ? 'low' : 'tall'
}
