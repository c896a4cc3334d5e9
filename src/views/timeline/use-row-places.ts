// Where the rows of a virtual list are: by key, by element, and the way to one that is not drawn yet.
import { computed, type Ref } from 'vue'
import type { TimelineRow } from './timeline-view.ts'
import type { EndFollower } from './use-following.ts'

const DRAWN_WITHIN_FRAMES = 30
/** So many rows may come at once behind those that were the last. */
const ROWS_AT_END = 3

type RowPlacesDependencies = {
  scroller: Readonly<Ref<HTMLElement | null>>
  list: Readonly<Ref<{ scrollToIndex(index: number, options: { align: 'start' | 'center'; offset: number }): void } | null>>
  rows(): readonly TimelineRow[]
  follower: Pick<EndFollower, 'stop' | 'following'>
}

export function useRowPlaces({ scroller, list, rows, follower }: RowPlacesDependencies) {
  const elementOf = (key: string) => scroller.value?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`) ?? null
  const indexOf = (key: string) => rows().findIndex((row) => row.key === key)

  /** Resolves once the row is drawn; far away ones are measured on the way there. */
  async function show(index: number, align: 'start' | 'center' = 'start'): Promise<void> {
    const row = rows()[index]
    if (!row) return
    follower.stop()
    list.value?.scrollToIndex(index, { align, offset: align === 'start' ? -24 : 0 })
    for (let frame = 0; frame < DRAWN_WITHIN_FRAMES && !elementOf(row.key); frame++) await new Promise(requestAnimationFrame)
  }

  /**
   * Rows that are drawn although the list may see no need: a row that got lower is a move upwards to it, and for the next 150 ms it
   * draws nothing below the view, where the answer begins.
   */
  const lastRows = computed(() => (follower.following.value ? [...rows().keys()].slice(-ROWS_AT_END) : []))

  return { elementOf, indexOf, show, lastRows }
}
