// A second without a new letter: the caret begins to blink.
import { ref, watch } from 'vue'
import { useTimeoutFn } from '@vueuse/core'

const SILENCE_MS = 1_000

export function useSilence(text: () => string, isOpen: () => boolean) {
  const isSilent = ref(false)
  const timer = useTimeoutFn(() => (isSilent.value = true), SILENCE_MS, { immediate: false })
  watch([text, isOpen], ([, open]) => {
    isSilent.value = false
    if (open) timer.start()
    else timer.stop()
  }, { immediate: true })
  return { isSilent }
}
