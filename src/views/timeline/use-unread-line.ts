// The unread line goes when the reader has been past it and three seconds have gone by.
import { readonly, ref, watch, type Ref } from 'vue'
import { useTimeoutFn } from '@vueuse/core'

const LINGERS_MS = 3_000

export function useUnreadLine(line: Readonly<Ref<HTMLElement | null>>, isUnread: () => boolean): Readonly<Ref<boolean>> {
  const isGone = ref(false)
  const timer = useTimeoutFn(() => (isGone.value = true), LINGERS_MS, { immediate: false })
  let wasSeen = false
  function look([entry]: readonly IntersectionObserverEntry[]): void {
    if (!isUnread() || !entry) return
    // Passed: it has been in view, and now stands above what is looked at.
    if (entry.isIntersecting) wasSeen = true
    else if (wasSeen && entry.boundingClientRect.top < (entry.rootBounds?.top ?? 0)) timer.start()
  }
  const observe = (element: HTMLElement | null, _: unknown, onCleanup: (clean: () => void) => void): void => {
    if (element === null) return
    const observer = new IntersectionObserver(look)
    observer.observe(element)
    onCleanup(() => observer.disconnect())
  }
  watch(line, observe, { immediate: true, flush: 'post' })
  return readonly(isGone)
}
