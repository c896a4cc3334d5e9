// The pages before what is shown: one at a time as one reads up, or all of them, or down to one event, for who looks for something.
import { computed, ref, type ShallowRef } from 'vue'
import type { Trouble } from '../connection/connection.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { SessionFeed } from './session-feed.ts'

export function createOlderPages(timeline: ShallowRef<Timeline>, feed: Pick<SessionFeed, 'older'>, onTrouble: (why: Trouble) => void) {
  const loadingOlder = ref(false)
  const hasOlder = computed(() => timeline.value.firstSeq > 1)

  /** The seq that has to be there; Infinity: one page is enough. */
  let downTo = Infinity

  async function loadOlder(): Promise<void> {
    if (loadingOlder.value || !hasOlder.value) return
    loadingOlder.value = true
    const firstSeq = timeline.value.firstSeq
    // Not needed for the first page. Without a link it does not come: whoever scrolls on asks again.
    const parts = await import('./older-pages.ts').catch(() => null)
    const frames = await parts?.pagesBefore(firstSeq, feed.older, (first) => first <= downTo, onTrouble)
    loadingOlder.value = false
    // Joined once: each joining reads everything anew.
    if (frames?.length && timeline.value.firstSeq === firstSeq) timeline.value = parts!.joinOlder(timeline.value, frames)
  }

  /** A page that is on its way goes on with those before it. */
  async function loadOlderTo(seq: number): Promise<void> {
    downTo = Math.max(1, seq)
    if (timeline.value.firstSeq > downTo) await loadOlder()
  }

  return { loadingOlder, hasOlder, loadOlder, loadOlderTo }
}
