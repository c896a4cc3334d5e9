// What one reads of a session: its conversation, loaded and kept current, who else is there, and how far it was read.
import { ref, shallowRef, watch } from 'vue'
import type { Trouble } from '../connection/connection.ts'
import type { Timeline, TimelineFrame } from '../timeline/timeline.ts'
import { createReadMarker } from './read-marker.ts'
import { createConversation } from './session-conversation.ts'
import type { SessionFacts } from './session-facts.ts'
import { createSessionFeed } from './session-feed.ts'
import { createFreshness } from './session-freshness.ts'
import { createOlderPages } from './session-older.ts'
import { createSessionSignals } from './session-signals.ts'
import { useAccountStore } from './use-account-store.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'

/** The least time between two joins for lost deltas. */
const REJOIN_MS = 2_000

type SessionPhase = 'loading' | 'ready' | 'refused'

type Readers = {
  /** All of it was read anew. */
  loaded(): void
  /** Events and deltas were taken in. */
  taken(timeline: Timeline, facts: SessionFacts | null): void
}

export function createReading(sessionId: string, { loaded, taken }: Readers) {
  const { connection, rest, clock, requestFrame } = useServices()
  const account = useAccountStore()
  const sessions = useSessionsStore()

  const phase = ref<SessionPhase>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  /** Up to where it was read when it was opened: the unread line stands after it. */
  const openedReadSeq = ref(0)
  let rejoinedAt = -REJOIN_MS
  let isOpen = false

  const conversation = createConversation()
  const { timeline, facts } = conversation
  const signals = createSessionSignals(clock, () => account.user?.id ?? '')
  const { isCurrent, asOf, current, outdated } = createFreshness(clock, signals.clear)
  const marker = createReadMarker(clock, (seq) => (sessions.isGone(sessionId) ? Promise.resolve({ ok: true, data: null }) : rest.sessions.patch(sessionId, { read_seq: seq })))

  const feed = createSessionFeed({
    sessionId,
    connection,
    rest,
    requestFrame,
    onLoaded(snapshot, frames) {
      conversation.load(snapshot, frames)
      marker.known(snapshot.read_seq)
      if (phase.value === 'loading') openedReadSeq.value = snapshot.read_seq
      loaded()
      phase.value = 'ready'
      trouble.value = null
    },
    onFrames: take,
    onSignal: signals.take,
    onJoined() {
      current()
      trouble.value = null
    },
    onTrouble(why) {
      trouble.value = why
      if (why.code !== 'NOT_FOUND' && why.code !== 'FORBIDDEN') return
      phase.value = 'refused'
      conversation.forget()
      outdated()
    },
  })

  function take(frames: TimelineFrame[]): void {
    conversation.take(frames)
    for (const frame of frames) if (frame.type === 'message' && frame.data.user_id) signals.said(frame.data.user_id)
    taken(timeline.value, facts.value)
    if (timeline.value.gap && clock.elapsed() - rejoinedAt >= REJOIN_MS) {
      rejoinedAt = clock.elapsed()
      feed.rejoin()
    }
  }

  function anew(): void {
    feed.forget()
    if (isOpen) void feed.open()
  }

  function close(): void {
    isOpen = false
    feed.close()
  }

  // Whoever was shut out and is let in again has it in the list again: what they look at is loaded anew.
  watch(
    () => sessions.row(sessionId),
    (row) => {
      if (row !== null && isOpen && phase.value === 'refused') anew()
    },
  )
  // To a viewer of the relay everybody's own role here is a viewer's: what else they are is asked for when they are one no more.
  watch(
    () => account.user?.role,
    (_, before) => before === 'viewer' && anew(),
  )

  return {
    facts,
    reader: () => account.user,
    outdated,
    open(): Promise<void> {
      isOpen = true
      openedReadSeq.value = marker.seq()
      return feed.open()
    },
    close,
    keep: marker.flush,
    /** What the screens see of it. */
    shown: {
      ...{ phase, trouble, timeline, isCurrent, asOf, openedReadSeq },
      ...{ presence: signals.presence, typing: signals.typing, carets: signals.carets, uploading: signals.uploading },
      ...createOlderPages(timeline, feed, (why) => (trouble.value = why)),
      markRead: (seq: number) => marker.read(seq),
      /** What fills Claude's context, as far as the process can tell. */
      async contextUsage() {
        const answer = await rest.sessions.context(sessionId)
        return answer.ok ? (answer.data.usage ?? null) : null
      },
    },
  }
}
