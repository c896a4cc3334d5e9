// Dragging a sheet by its handle: follows the finger, then comes to rest where settleSheet says.
import { ref } from 'vue'
import type { SheetHeight } from './settle-sheet.ts'
import { settleSheet } from './settle-sheet.ts'

export function useSheetDrag(close: () => void) {
  const height = ref<SheetHeight>('low')
  const dragPx = ref(0)
  const dragging = ref(false)
  let startY = 0
  let last = { y: 0, atMs: 0 }
  let pxPerMs = 0

  function down(event: PointerEvent) {
    ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
    dragging.value = true
    startY = event.clientY
    last = { y: event.clientY, atMs: event.timeStamp }
    pxPerMs = 0
  }

  function move(event: PointerEvent) {
    if (!dragging.value) return
    dragPx.value = event.clientY - startY
    const passedMs = event.timeStamp - last.atMs
    if (passedMs > 0) pxPerMs = (event.clientY - last.y) / passedMs
    last = { y: event.clientY, atMs: event.timeStamp }
  }

  function up() {
    if (!dragging.value) return
    dragging.value = false
    const rest = settleSheet(height.value, dragPx.value, innerHeight, pxPerMs)
    dragPx.value = 0
    if (rest === 'closed') close()
    else height.value = rest
  }

  return { height, dragPx, dragging, down, move, up }
}
