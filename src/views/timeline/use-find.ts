// Find in the session: Ctrl+F anywhere on its page, for the browser's own finds only what is drawn. Pressed again in the field it is the browser's.
import { ref, type Ref } from 'vue'
import { useEventListener } from '@vueuse/core'

export function useFind(scroller: Readonly<Ref<HTMLElement | null>>) {
  const finding = ref(false)

  useEventListener(() => scroller.value?.ownerDocument, 'keydown', (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    if (!(event.target instanceof Element) || event.target.closest('[role="dialog"], search')) return
    event.preventDefault()
    finding.value = true
  })

  return {
    finding,
    close() {
      finding.value = false
      scroller.value?.focus({ preventScroll: true })
    },
  }
}
