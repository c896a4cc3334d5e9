// Cards that wait for a person: whether the oldest is out of view, and the way to it.
import { readonly, ref, type Ref } from 'vue'
import { useEventListener } from '@vueuse/core'
import type { TimelineRow } from './timeline-view.ts'

const isWaiting = (row: TimelineRow) => row.kind === 'ask' && row.ask.state === 'open'

export function useWaitingCards({ scroller, rows, focusRow }: {
  scroller: Readonly<Ref<HTMLElement | null>>
  rows: () => readonly TimelineRow[]
  focusRow: (index: number) => Promise<void>
}) {
  const hidden = ref(false)

  async function focusOldest() {
    const index = rows().findIndex(isWaiting)
    if (index !== -1) await focusRow(index)
  }

  useEventListener(() => scroller.value?.ownerDocument, 'keydown', (event: KeyboardEvent) => {
    // By its place on the keyboard: with Alt the letter is another one on a Mac.
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA' || !rows().some(isWaiting)) return
    event.preventDefault()
    void focusOldest()
  })

  return {
    hidden: readonly(hidden),
    focusOldest,
    /** Indices of the first and last row in view. */
    look(first: number, last: number) {
      const index = rows().findIndex(isWaiting)
      hidden.value = index !== -1 && (index < first || index > last)
    },
  }
}
