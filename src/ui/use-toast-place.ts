// Where the short message stands so that it covers nothing one may want to press: over the foot of the list where that is in view, else over what stands at the lower edge.
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { useEventListener, useIntervalFn, useResizeObserver } from '@vueuse/core'

/** Narrower than this there is no room for words. */
const LEAST_PX = 200
const GAP_PX = 8
/** While it stands one goes to another screen, opens a panel, or the field below grows by a file. */
const LOOK_MS = 200

/** Who stands at the lower edge says so by `data-toast-floor`. Where rows would be below the message they leave room: `--toast-room`. */
export function useToastPlace(toast: Readonly<Ref<HTMLElement | null>>) {
  const place = ref<{ left: string; bottom: string; maxWidth: string } | null>(null)
  const root = document.documentElement

  function look(): void {
    const floor = [...document.querySelectorAll('[data-toast-floor]')].map((each) => each.getBoundingClientRect()).find(({ width }) => width >= LEAST_PX)
    place.value = floor ? { left: `${floor.left + GAP_PX}px`, bottom: `${innerHeight - floor.top + GAP_PX}px`, maxWidth: `min(26rem, ${floor.width - 2 * GAP_PX}px)` } : null
    root.style.setProperty('--toast-room', `${(toast.value?.offsetHeight ?? 0) + 2 * GAP_PX}px`)
  }

  onMounted(look)
  useResizeObserver(toast, look)
  useEventListener('resize', look)
  useIntervalFn(look, LOOK_MS)
  onBeforeUnmount(() => root.style.removeProperty('--toast-room'))
  return place
}
