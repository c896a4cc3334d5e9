// Cards that wait for a person: whether the oldest is out of view, and the way to it.
import { computed, readonly, ref, type Ref } from 'vue'
import { useEventListener } from '@vueuse/core'
import type { TimelineRow } from './timeline-view.ts'

const isWaiting = (row: TimelineRow) => row.kind === 'ask' && row.ask.state === 'open'

export function useWaitingCards({ scroller, rows, focusRow }: {
  scroller: Readonly<Ref<HTMLElement | null>>
  rows: Readonly<Ref<readonly TimelineRow[]>>
  focusRow: (index: number) => Promise<void>
}) {
  const hidden = ref(false)
  /** These stay drawn wherever one scrolls: what was chosen and written in them is not lost. */
  const indices = computed(() => {
    const found: number[] = []
    rows.value.forEach((row, at) => void (isWaiting(row) && found.push(at)))
    return found
  })

  async function focusOldest() {
    const index = indices.value[0]
    if (index !== undefined) await focusRow(index)
  }

  useEventListener(() => scroller.value?.ownerDocument, 'keydown', (event: KeyboardEvent) => {
    // By its place on the keyboard: with Alt the letter is another one on a Mac.
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA' || indices.value.length === 0) return
    event.preventDefault()
    void focusOldest()
  })

  return {
    hidden: readonly(hidden),
    indices,
    focusOldest,
    /** Indices of the first and last row in view. */
    look(first: number, last: number) {
      const index = indices.value[0]
      hidden.value = index !== undefined && (index < first || index > last)
    },
  }
}
