// How far one reads: where a session opens, what of it has been on the screen, what is new below, when the page before is wanted.
import { useDocumentVisibility } from '@vueuse/core'
import { computed, nextTick, onMounted, ref, watch, type Ref } from 'vue'
import { countNews, seqOfRow } from './row-facts.ts'
import type { TimelineProps, TimelineRow } from './timeline-view.ts'
import type { EndFollower } from './use-following.ts'

/** Near enough to the top to ask for the page before. */
const OLDER_PX = 1_200

/** The part of the virtual list that is asked. */
type List = { scrollOffset: number; viewportSize: number; findItemIndex(offset: number): number }

type ReadingDependencies = {
  props: TimelineProps
  rows(): readonly TimelineRow[]
  list: Readonly<Ref<List | null>>
  follower: EndFollower
  show(index: number): void
  /** The rows of these indices are on the screen. */
  onShown(first: number, last: number): void
  onOlder(): void
  onRead(seq: number): void
}

export function useReading({ props, rows, list, follower, show, onShown, onOlder, onRead }: ReadingDependencies) {
  const visibility = useDocumentVisibility()
  const placed = ref(false)
  let openedUnread = false
  /** The last row that was there while the end was in view; what came after it is new. */
  const seenKey = ref('')

  /** After each move and each change: what has been seen, what is wanted next. */
  function look(): void {
    const handle = list.value
    const all = rows()
    if (!handle || all.length === 0) return
    if (handle.scrollOffset < OLDER_PX && props.hasOlder && !props.loadingOlder) onOlder()
    if (follower.following.value) seenKey.value = all.at(-1)!.key
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize - 1)
    onShown(handle.findItemIndex(handle.scrollOffset), last)
    if (visibility.value !== 'visible') return
    const row = all.slice(0, last + 1).findLast((each) => seqOfRow(each) !== null)
    const seen = follower.following.value ? props.timeline.seq : row && seqOfRow(row)
    if (seen) onRead(seen)
  }

  /** A session with unread parts opens at the line before them, others at their end. */
  function place(): void {
    const all = rows()
    if (placed.value || all.length === 0 || !list.value) return
    const unread = all.findIndex((row) => row.kind === 'unread')
    openedUnread = unread !== -1
    placed.value = true
    seenKey.value = all[unread === -1 ? all.length - 1 : unread]!.key
    if (unread > 0) show(unread)
    else follower.toEnd()
  }

  watch(() => rows().length > 0 && list.value !== null, place, { flush: 'post' })
  onMounted(place)
  watch(() => [props.timeline, visibility.value], () => void nextTick(look))

  return {
    /** The unread line is placed on opening: what comes while one is here is not unread, even when nothing was. */
    unreadAfter: computed(() => (placed.value && !openedUnread ? null : props.unreadAfterSeq)),
    placed,
    news: computed(() => (follower.following.value ? 0 : countNews(rows(), seenKey.value))),
    look,
  }
}
