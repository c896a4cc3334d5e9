// The keys of the timeline: J and K by turns, [ and ] by changes, C copies, Home and End jump.
import { nextTick, type Ref } from 'vue'
import { useEventListener } from '@vueuse/core'
import { isChange, isTurn } from './row-facts.ts'
import type { TimelineRow } from './timeline-view.ts'

type RowKeys = {
  scroller: Readonly<Ref<HTMLElement | null>>
  rows: () => readonly TimelineRow[]
  /** Single letters may be switched off: then only those inside of the timeline with no letter of their own work. */
  lettersOn: () => boolean
  /** Brings a row into view; resolves when it is drawn. */
  show(index: number): Promise<void>
  firstInView(): number
  toStart(): void
  toEnd(): void
  /** False when the row holds nothing to copy. */
  copy(row: TimelineRow): boolean
}

const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select, [role="textbox"], [role="menuitem"], [role="radio"], [role="tab"]'))

export function useRowKeys({ scroller, rows, lettersOn, show, firstInView, toStart, toEnd, copy }: RowKeys) {
  /** The row that holds the focus, or -1. */
  function focusedIndex(): number {
    const element = scroller.value?.ownerDocument.activeElement?.closest<HTMLElement>('[data-row]')
    return element && scroller.value?.contains(element) ? rows().findIndex((row) => row.key === element.dataset['row']) : -1
  }

  async function focusRow(index: number) {
    const row = rows()[index]
    if (!row) return
    await show(index)
    await nextTick()
    const element = scroller.value?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.key)}"]`)
    const target = element?.querySelector<HTMLElement>('[data-row-focus]') ?? element
    target?.focus({ preventScroll: true })
  }

  function move(step: 1 | -1, stopsAt: (row: TimelineRow) => boolean): boolean {
    const all = rows()
    const focused = focusedIndex()
    const from = focused === -1 ? firstInView() - (step === 1 ? 1 : 0) : focused
    for (let at = from + step; at >= 0 && at < all.length; at += step) {
      if (!stopsAt(all[at]!)) continue
      void focusRow(at)
      return true
    }
    return false
  }

  function press(event: KeyboardEvent): boolean {
    switch (event.key) {
      case 'j':
        return move(1, isTurn)
      case 'k':
        return move(-1, isTurn)
      case ']':
        return move(1, isChange)
      case '[':
        return move(-1, isChange)
      case 'c': {
        const row = rows()[focusedIndex()]
        const selected = scroller.value?.ownerDocument.getSelection()?.toString() ?? ''
        return row !== undefined && selected === '' && copy(row)
      }
      default:
        return false
    }
  }

  useEventListener(() => scroller.value?.ownerDocument, 'keydown', (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey || isField(event.target)) return
    // A dialog or a menu has the keys while it is open.
    if (event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"], [inert]')) return
    const inside = event.target instanceof Node && scroller.value?.contains(event.target)
    if (event.key === 'End' && inside) toEnd()
    else if (event.key === 'Home' && inside) toStart()
    else if (!lettersOn() || !press(event)) return
    event.preventDefault()
  })

  return { focusRow }
}
