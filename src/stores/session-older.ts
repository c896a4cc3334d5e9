// The pages before what is shown: one at a time as one reads up, or all of them, or down to one event, for who looks for something.
import { computed, ref, type ShallowRef } from 'vue'
import type { Trouble } from '../connection/connection.ts'
import type { Timeline, TimelineFrame } from '../timeline/timeline.ts'
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
    // What puts pages together is not needed for the first one. Without a link it does not come: whoever scrolls on asks again.
    const joining = import('../timeline/join-older.ts').catch(() => null)
    let frames: TimelineFrame[] = []
    let before = firstSeq
    do {
      const page = await feed.older(before)
      if (!page.ok) onTrouble(page.trouble)
      const first = page.ok ? page.data[0]?.seq : null
      if (!page.ok || first == null) break
      frames = [...page.data, ...frames]
      before = first
    } while (before > downTo)
    const parts = await joining
    loadingOlder.value = false
    // Joined once: each joining reads everything anew.
    if (parts && frames.length > 0 && timeline.value.firstSeq === firstSeq) timeline.value = parts.joinOlder(timeline.value, frames)
  }

  /** A page that is on its way goes on with those before it. */
  async function loadOlderTo(seq: number): Promise<void> {
    downTo = Math.max(1, seq)
    if (timeline.value.firstSeq > downTo) await loadOlder()
  }

  return { loadingOlder, hasOlder, loadOlder, loadOlderTo }
}
