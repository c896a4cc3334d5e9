// The present moment, renewed while something on the screen counts by it.
import { useIntervalFn } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import { useServices } from '../../stores/use-services.ts'

/** Milliseconds since 1970, every `everyMs`. */
export function useNow(everyMs: number): Readonly<Ref<number>> {
  const { clock } = useServices()
  const now = ref(clock.now())
  useIntervalFn(() => (now.value = clock.now()), everyMs)
  return now
}
