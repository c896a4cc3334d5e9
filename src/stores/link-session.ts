// A session as a reader by share link has it: its conversation, loaded and kept current. Nobody is there to prompt, answer or be seen.
import { computed, ref, watch } from 'vue'
import { createConversation } from './session-conversation.ts'
import { createSessionFeed } from './session-feed.ts'
import { createFreshness } from './session-freshness.ts'
import { createOlderPages } from './session-older.ts'
import { useConnectionStore } from './use-connection-store.ts'
import { useServices } from './use-services.ts'

/** The least time between two joins for lost deltas. */
const REJOIN_MS = 2_000

export function createLinkSession(sessionId: string) {
  const { connection, rest, clock, requestFrame } = useServices()
  const link = useConnectionStore()
  const { timeline, facts, ...conversation } = createConversation()
  const { asOf, current, outdated } = createFreshness(clock, () => undefined)
  const loaded = ref(false)
  let rejoinedAt = -REJOIN_MS

  const feed = createSessionFeed({
    sessionId,
    connection,
    rest,
    requestFrame,
    onLoaded(snapshot, frames) {
      conversation.load(snapshot, frames)
      loaded.value = true
    },
    onFrames(frames) {
      conversation.take(frames)
      if (!timeline.value.gap || clock.elapsed() - rejoinedAt < REJOIN_MS) return
      rejoinedAt = clock.elapsed()
      feed.rejoin()
    },
    onSignal: () => undefined,
    onJoined: current,
    onTrouble: () => undefined,
  })
  watch(() => link.isUp, (up) => void (!up && outdated()), { flush: 'sync' })

  return {
    timeline,
    loaded,
    asOf,
    title: computed(() => facts.value?.row.title ?? ''),
    ...createOlderPages(timeline, feed, () => undefined),
    open: () => feed.open(),
    close: () => feed.close(),
    /** The link has ended: what was read stays on no part of the page. */
    forget(): void {
      feed.close()
      conversation.forget()
    },
  }
}
