// Which of the widths of the design the window has. Parts use container queries; only the shell asks for the window.
import type { ComputedRef } from 'vue'
import { computed } from 'vue'
import { useMediaQuery } from '@vueuse/core'

/** wide ≥ 1200: sidebar · middle ≥ 768: rail · phone: one screen at a time. */
type ShellWidth = 'wide' | 'middle' | 'phone'
/** column beside the timeline · over it with a scrim (768–959) · sheet from below on a phone. */
export type PanelPlace = 'column' | 'over' | 'sheet'

export function useShellWidth(): { width: ComputedRef<ShellWidth>; panelPlace: ComputedRef<PanelPlace> } {
  const wide = useMediaQuery('(min-width: 1200px)')
  const roomy = useMediaQuery('(min-width: 960px)')
  const middle = useMediaQuery('(min-width: 768px)')
  return {
    width: computed(() => (wide.value ? 'wide' : middle.value ? 'middle' : 'phone')),
    panelPlace: computed(() => (roomy.value ? 'column' : middle.value ? 'over' : 'sheet')),
  }
}
