// Keys and long presses in a list whose rows carry `data-entry`, and in each a button with `data-main`.
import { useEventListener } from '@vueuse/core'
import { onScopeDispose, type Ref } from 'vue'
import type { Clock, Timer } from '../../clock.ts'

type ListDeeds = {
  choose(entry: string, how: 'toggle' | 'add'): void
  /** Presses choose from now on. */
  byTouch(): void
  all(): void
  /** True when there was something to end. */
  end(): boolean
  remove(): void
}

const LONG_PRESS_MS = 450
/** A finger is never quite still. */
const SLACK_PX = 10

const entryAt = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('[data-entry]') : null)

/** Arrows go from row to row, with Shift they choose; all, none and delete have their keys. Returned: to be heard before all other clicks. */
export function useListKeys(list: Readonly<Ref<HTMLElement | null>>, clock: Pick<Clock, 'setTimer'>, deeds: ListDeeds) {
  function go(from: HTMLElement, by: number, choosing: boolean): void {
    const rows = [...list.value!.querySelectorAll<HTMLElement>('[data-entry]')]
    const next = rows[rows.indexOf(from) + by]
    if (!next) return
    if (choosing) for (const { dataset } of [from, next]) deeds.choose(dataset['entry']!, 'add')
    next.querySelector<HTMLElement>('[data-main]')?.focus()
  }

  useEventListener(list, 'keydown', (event: KeyboardEvent) => {
    const row = entryAt(event.target)
    if (!row || event.altKey || event.defaultPrevented) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') go(row, event.key === 'ArrowDown' ? 1 : -1, event.shiftKey)
    else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) deeds.all()
    else if (event.key === 'Delete') deeds.remove()
    else if (event.key !== 'Escape' || !deeds.end()) return
    event.preventDefault()
    event.stopPropagation()
  })

  let pressed: { x: number; y: number; timer: Timer } | null = null
  let wasLong = false
  const letGo = () => {
    pressed?.timer.cancel()
    pressed = null
  }
  useEventListener(list, 'pointerdown', (event: PointerEvent) => {
    letGo()
    wasLong = false
    const row = event.pointerType === 'mouse' ? null : entryAt(event.target)
    if (!row) return
    const timer = clock.setTimer(() => {
      wasLong = true
      deeds.byTouch()
      deeds.choose(row.dataset['entry']!, 'toggle')
    }, LONG_PRESS_MS)
    pressed = { x: event.clientX, y: event.clientY, timer }
  })
  useEventListener(list, 'pointermove', ({ clientX, clientY }: PointerEvent) => {
    if (pressed && Math.hypot(clientX - pressed.x, clientY - pressed.y) > SLACK_PX) letGo()
  })
  for (const end of ['pointerup', 'pointercancel'] as const) useEventListener(list, end, letGo)
  useEventListener(list, 'contextmenu', (event: Event) => wasLong && event.preventDefault())
  onScopeDispose(letGo)

  /** The finger that is lifted after a long press opens nothing. */
  return (event: Event): void => {
    if (!wasLong) return
    wasLong = false
    event.preventDefault()
    event.stopPropagation()
  }
}
