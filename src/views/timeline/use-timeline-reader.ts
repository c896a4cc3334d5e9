// The reader of a timeline: what they follow, how far they are, the way to a row by key, by find and to what waits for them.
import { computed, nextTick, watch, type Ref } from 'vue'
import type { Virtualizer } from 'virtua/vue'
import { lastSentAt } from './row-facts.ts'
import type { TimelineProps, TimelineRow } from './timeline-view.ts'
import { useCopy } from './use-copy.ts'
import { useFind } from './use-find.ts'
import { useFollowing } from './use-following.ts'
import { useReading } from './use-reading.ts'
import { useRowKeys } from './use-row-keys.ts'
import { useRowPlaces } from './use-row-places.ts'
import { useWaitingCards } from './use-waiting-cards.ts'

/** What becomes of reading. */
export type ReaderEvents = {
  /** The reader is near the top: the page before is wanted. */
  older: []
  /** Everything up to this seq has been on the screen. */
  read: [seq: number]
}

type ReaderDependencies = {
  props: TimelineProps
  rows: () => readonly TimelineRow[]
  scroller: Readonly<Ref<HTMLElement | null>>
  list: Readonly<Ref<InstanceType<typeof Virtualizer> | null>>
  onOlder(): void
  onRead(seq: number): void
  onCopied(): void
}

export function useTimelineReader({ props, rows, scroller, list, onOlder, onRead, onCopied }: ReaderDependencies) {
  const copier = useCopy(() => props.timeline)
  const follower = useFollowing(scroller, () => props.settings.autoScroll)
  const { finding, close: closeFind } = useFind(scroller)
  const { elementOf, indexOf, show, lastRows } = useRowPlaces({ scroller, list, rows, follower })
  const { focusRow } = useRowKeys({
    scroller,
    rows,
    lettersOn: () => props.settings.singleLetterKeys,
    show,
    // Of the box and not of the list, which hears of a move a frame later than the next key.
    firstInView: () => list.value?.findItemIndex((scroller.value?.scrollTop ?? 0) + 25) ?? 0,
    toStart: follower.toStart,
    toEnd: follower.toEnd,
    copy: (row) => copier.copyRow(row) && (onCopied(), true),
  })
  const waiting = useWaitingCards({ scroller, rows: computed(rows), focusRow })
  const { unreadAfter, placed, news, look } = useReading({
    props,
    rows,
    list,
    follower,
    show: (index) => void show(index),
    onShown: waiting.look,
    onOlder,
    onRead,
  })
  // What one sends oneself is followed.
  watch(() => lastSentAt(props.outbox), (at, before) => at > before && placed.value && void nextTick(follower.toEnd))

  return {
    follower,
    waiting,
    finding,
    closeFind,
    show,
    indexOf,
    lastRows,
    showKey: (key: string) => void focusRow(indexOf(key)),
    keepInPlace: (key: string, change: () => void) => follower.keepInPlace(() => elementOf(key), change),
    unreadAfter,
    news,
    look,
    async grown() {
      await nextTick()
      follower.grown()
      look()
    },
  }
}
