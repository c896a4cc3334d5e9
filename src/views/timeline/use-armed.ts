// A card that has just come does not take a press that was meant for something else.
import { readonly, ref, type Ref } from 'vue'
import { useTimeoutFn } from '@vueuse/core'

const ARMS_AFTER_MS = 400

export function useArmed(): Readonly<Ref<boolean>> {
  const armed = ref(false)
  useTimeoutFn(() => (armed.value = true), ARMS_AFTER_MS)
  return readonly(armed)
}
