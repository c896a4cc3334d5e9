// The keys of the timeline: J and K by turns, [ and ] by changes, C copies, Home and End jump.
import type { Ref } from 'vue'
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
  /** The row that is gone to, -1 for the beginning, while it is not drawn yet: what is pressed meanwhile counts from there. */
  let heading: number | null = null

  /** The row that holds the focus, or -1. */
  function focusedIndex(): number {
    if (heading !== null) return heading
    const element = scroller.value?.ownerDocument.activeElement?.closest<HTMLElement>('[data-row]')
    return element && scroller.value?.contains(element) ? rows().findIndex((row) => row.key === element.dataset['row']) : -1
  }

  async function head(index: number): Promise<boolean> {
    heading = index
    await show(Math.max(0, index))
    // Where a row was drawn already, the way there is known with the next frame.
    await new Promise(requestAnimationFrame)
    if (heading !== index) return false
    heading = null
    return true
  }

  async function focusRow(index: number) {
    const row = rows()[index]
    if (!row || !(await head(index))) return
    const element = scroller.value?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.key)}"]`)
    const target = element?.querySelector<HTMLElement>('[data-row-focus]') ?? element
    target?.focus({ preventScroll: true })
  }

  function move(step: 1 | -1, stopsAt: (row: TimelineRow) => boolean): boolean {
    const all = rows()
    const focused = focusedIndex()
    const from = focused === -1 && heading === null ? firstInView() - (step === 1 ? 1 : 0) : focused
    for (let at = from + step; at >= 0 && at < all.length; at += step) {
      if (!stopsAt(all[at]!)) continue
      void focusRow(at)
      return true
    }
    return false
  }

  function jump(to: 'Home' | 'End') {
    // The row that had the focus will be far away, and not drawn any more.
    scroller.value?.focus({ preventScroll: true })
    heading = null
    if (to === 'End') return toEnd()
    toStart()
    void head(-1)
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
    if (inside && (event.key === 'End' || event.key === 'Home')) jump(event.key)
    else if (!lettersOn() || !press(event)) return
    event.preventDefault()
  })

  return { focusRow }
}
