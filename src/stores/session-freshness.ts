// Whether what a session shows is current, and since when it is not.
import { ref } from 'vue'
import type { Clock } from '../clock.ts'

export function createFreshness(clock: Clock, onOutdated: () => void) {
  const isCurrent = ref(false)
  /** The last moment at which what is shown was known to be current; null while it is. */
  const asOf = ref<number | null>(null)

  return {
    isCurrent,
    asOf,
    current(): void {
      isCurrent.value = true
      asOf.value = null
    },
    outdated(): void {
      if (!isCurrent.value) return
      isCurrent.value = false
      asOf.value = clock.now()
      onOutdated()
    },
  }
}
