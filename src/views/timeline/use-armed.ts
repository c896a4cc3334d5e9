// A card that has just come, or was moved by what grew around it, does not take a press that was meant for something else.
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'
import { useTimeoutFn } from '@vueuse/core'

const ARMS_AFTER_MS = 400
/** Rounding moves a card by less than this. */
const STILL_PX = 1

export function useArmed(card: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const armed = ref(false)
  const timer = useTimeoutFn(() => (armed.value = true), ARMS_AFTER_MS)
  let top: number | null = null
  let observer: ResizeObserver | null = null

  const topOf = () => card.value?.getBoundingClientRect().top ?? 0
  /** The reader's own scrolling is no surprise to the reader. */
  const scrolled = () => (top = topOf())

  function grown() {
    const now = topOf()
    if (top !== null && Math.abs(now - top) > STILL_PX) {
      armed.value = false
      timer.start()
    }
    top = now
  }

  watch(card, (element, _before, onCleanup) => {
    const list = element?.closest('ol')
    if (!element || !list) return
    observer = new ResizeObserver(grown)
    observer.observe(list)
    const scroller = list.parentElement
    scroller?.addEventListener('scroll', scrolled, { passive: true })
    onCleanup(() => {
      observer?.disconnect()
      scroller?.removeEventListener('scroll', scrolled)
    })
  }, { flush: 'post' })
  onScopeDispose(() => observer?.disconnect())

  return readonly(armed)
}
