// The pages before what is shown, one at a time.
import { computed, ref, type ShallowRef } from 'vue'
import type { Trouble } from '../connection/connection.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { SessionFeed } from './session-feed.ts'

export function createOlderPages(timeline: ShallowRef<Timeline>, feed: Pick<SessionFeed, 'older'>, onTrouble: (why: Trouble) => void) {
  const loadingOlder = ref(false)
  const hasOlder = computed(() => timeline.value.firstSeq > 1)

  async function loadOlder(): Promise<void> {
    if (loadingOlder.value || !hasOlder.value) return
    loadingOlder.value = true
    const firstSeq = timeline.value.firstSeq
    // What puts pages together is not needed for the first one. Without a link it does not come: whoever scrolls on asks again.
    const joining = import('../timeline/join-older.ts').catch(() => null)
    const [page, parts] = await Promise.all([feed.older(firstSeq), joining])
    loadingOlder.value = false
    if (!page.ok) onTrouble(page.trouble)
    else if (parts && timeline.value.firstSeq === firstSeq) timeline.value = parts.joinOlder(timeline.value, page.data)
  }

  return { loadingOlder, hasOlder, loadOlder }
}
