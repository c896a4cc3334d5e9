// F6 goes round the regions of the screen (whatever carries data-region), Shift+F6 backwards, as in a desktop program.
import { useEventListener } from '@vueuse/core'
import { nextRegion } from './next-region.ts'

export function useRegionCycle(root: () => HTMLElement | null) {
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    const element = root()
    if (event.key !== 'F6' || event.ctrlKey || event.metaKey || event.altKey || element === null) return
    const regions = [...element.querySelectorAll<HTMLElement>('[data-region]')].filter(
      (region) => region.checkVisibility() && region.closest('[inert]') === null,
    )
    const next = nextRegion(regions, document.activeElement, event.shiftKey ? -1 : 1)
    if (next === undefined) return
    event.preventDefault()
    // A region is no stop of the Tab key, but must be able to hold the focus.
    if (!next.hasAttribute('tabindex')) next.tabIndex = -1
    next.focus({ preventScroll: true })
  })
}
