// Keeps the end of a growing list in view while it is followed, in the same frame in which it grows.
import { nextTick, onScopeDispose, readonly, ref, shallowRef, watch, type Ref } from 'vue'
import { useEventListener } from '@vueuse/core'
import { afterGesture, afterScroll, AT_END, distanceToEnd, FAR_PX, type Following } from './follow-end.ts'

const UPWARDS = new Set(['ArrowUp', 'PageUp', 'Home'])

type Held = { row: () => HTMLElement | null; top: number }

export type EndFollower = {
  following: Readonly<Ref<boolean>>
  /** More is below than one would overlook. */
  far: Readonly<Ref<boolean>>
  /** Room added below so that a folded row can stay where it is, in px. */
  tailPx: Readonly<Ref<number>>
  /** To be called when content has changed its height, before it is painted. */
  grown(): void
  toStart(): void
  toEnd(): void
  stop(): void
  /** Goes on when the end is in view: after a card was answered. */
  resume(): void
  /** Runs a move of the focus that is not the reader's: what follows goes on following. */
  quietly(move: () => void): void
  /** Runs a change that adds or removes height at `row`, and keeps that row where it is on the screen. */
  keepInPlace(row: () => HTMLElement | null, change: () => void): void
}

/** `isOn`: the setting that switches it off for good. */
export function useFollowing(scroller: Readonly<Ref<HTMLElement | null>>, isOn: () => boolean): EndFollower {
  const state = shallowRef<Following>(AT_END)
  const following = ref(isOn())
  const far = ref(false)
  const tailPx = ref(0)
  let lastTop = 0
  let lastHeight = 0
  let pinned = -1
  let held: Held | null = null
  let moving = false

  const set = (next: Following) => {
    state.value = next
    following.value = next.on && isOn()
  }
  const positionOf = (box: HTMLElement) => ({ top: box.scrollTop, height: box.scrollHeight - tailPx.value, viewport: box.clientHeight })

  function look() {
    const box = scroller.value
    if (box) far.value = distanceToEnd(positionOf(box)) > FAR_PX
  }

  function pin() {
    const box = scroller.value
    if (!box) return
    box.scrollTop = box.scrollHeight
    pinned = box.scrollTop
    lastTop = pinned
    lastHeight = box.scrollHeight
  }

  function scrolled() {
    const box = scroller.value
    if (!box) return
    // Our own pinning is no wish of the reader; nor is what the browser does when the content gets shorter.
    const by = box.scrollTop === pinned || box.scrollHeight < lastHeight ? 0 : box.scrollTop - lastTop
    set(afterScroll(state.value, positionOf(box), by))
    lastTop = box.scrollTop
    lastHeight = box.scrollHeight
    pinned = -1
    if (tailPx.value > 0) tailPx.value = Math.max(0, box.scrollTop + box.clientHeight - (box.scrollHeight - tailPx.value))
    look()
  }

  /** Puts the row that was pressed back to where it was; below the end room is added for that. */
  async function hold({ row, top }: Held) {
    const box = scroller.value
    const moved = (row()?.getBoundingClientRect().top ?? top) - top
    if (!box || Math.abs(moved) < 1) return look()
    const wanted = box.scrollTop + moved
    const most = box.scrollHeight - box.clientHeight
    if (wanted > most) {
      tailPx.value += wanted - most
      await nextTick()
    }
    box.scrollTop = wanted
    look()
  }

  const stop = () => set(afterGesture(state.value))

  useEventListener(scroller, 'scroll', scrolled, { passive: true })
  useEventListener(scroller, 'wheel', (event: WheelEvent) => event.deltaY < 0 && stop(), { passive: true })
  useEventListener(scroller, 'touchmove', stop, { passive: true })
  useEventListener(scroller, 'keydown', (event: KeyboardEvent) => (UPWARDS.has(event.key) || (event.key === ' ' && event.shiftKey)) && stop())
  useEventListener(scroller, 'focusin', (event: FocusEvent) => !moving && event.target !== scroller.value && stop())
  useEventListener(() => scroller.value?.ownerDocument, 'selectionchange', () => {
    const selection = scroller.value?.ownerDocument.getSelection()
    if (selection && !selection.isCollapsed && scroller.value?.contains(selection.anchorNode)) stop()
  })
  // The window got smaller or larger: what was at the end stays at the end.
  let observer: ResizeObserver | null = null
  watch(scroller, (box) => {
    observer?.disconnect()
    if (!box) return
    observer = new ResizeObserver(() => (following.value ? pin() : look()))
    observer.observe(box)
  })
  onScopeDispose(() => observer?.disconnect())

  return {
    following: readonly(following),
    far: readonly(far),
    tailPx: readonly(tailPx),
    grown() {
      if (following.value) pin()
      else if (held) void hold(held)
      else look()
    },
    toStart() {
      stop()
      if (scroller.value) scroller.value.scrollTop = 0
    },
    toEnd() {
      tailPx.value = 0
      set(AT_END)
      pin()
      look()
    },
    stop,
    resume() {
      const box = scroller.value
      if (box) set(afterScroll({ on: false, paused: false }, positionOf(box), 0))
    },
    quietly(move) {
      moving = true
      move()
      moving = false
    },
    keepInPlace(row, change) {
      const top = row()?.getBoundingClientRect().top
      stop()
      held = top === undefined ? null : { row, top }
      const mine = held
      change()
      // The list measures its rows once they are laid out: by the second frame all of it has happened.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        if (held === mine) held = null
      }))
    },
  }
}
