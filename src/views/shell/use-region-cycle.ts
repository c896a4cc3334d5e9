// F6 goes round the regions of the screen (whatever carries data-region), Shift+F6 backwards, as in a desktop program.
import { useEventListener } from '@vueuse/core'

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

/** The region after (or before) the innermost one that holds `active`; from nowhere the first or the last. */
export function nextRegion<Region extends { contains(node: unknown): boolean }>(
  regions: Region[],
  active: unknown,
  step: 1 | -1,
): Region | undefined {
  if (regions.length === 0) return undefined
  const at = regions.findLastIndex((region) => region.contains(active))
  if (at === -1) return step === 1 ? regions[0] : regions.at(-1)
  return regions[(at + step + regions.length) % regions.length]
}
