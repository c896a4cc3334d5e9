// Which ways files may come in here.
import { useMediaQuery } from '@vueuse/core'
import { computed } from 'vue'

export type WayIn = 'files' | 'folder' | 'camera'

export function useWaysIn() {
  const touch = useMediaQuery('(pointer: coarse)')
  // Phones have the attribute, and no folders to choose.
  return { touch, hasFolders: computed(() => 'webkitdirectory' in HTMLInputElement.prototype && !touch.value) }
}
