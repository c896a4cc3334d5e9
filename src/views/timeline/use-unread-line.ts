// The unread line goes when the reader has been past it and three seconds have gone by.
import { readonly, ref, type Ref } from 'vue'
import { useIntersectionObserver, useTimeoutFn } from '@vueuse/core'

const LINGERS_MS = 3_000

export function useUnreadLine(line: Readonly<Ref<HTMLElement | null>>, isUnread: () => boolean): Readonly<Ref<boolean>> {
  const isGone = ref(false)
  const timer = useTimeoutFn(() => (isGone.value = true), LINGERS_MS, { immediate: false })
  let wasSeen = false
  useIntersectionObserver(line, ([entry]) => {
    if (!isUnread() || !entry) return
    // Passed: it has been in view, and now stands above what is looked at.
    if (entry.isIntersecting) wasSeen = true
    else if (wasSeen && entry.boundingClientRect.top < (entry.rootBounds?.top ?? 0)) timer.start()
  })
  return readonly(isGone)
}
