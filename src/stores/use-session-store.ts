// One open session: its conversation, who is in it, what waits, what one is writing, and everything one can do there.
import { defineStore, getActivePinia } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Delivery, Trouble } from '../connection/connection.ts'
import { reduceAll } from '../timeline/reduce-timeline.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineFrame } from '../timeline/timeline.ts'
import { createReadMarker } from './read-marker.ts'
import { createSessionActions, type Prompt } from './session-actions.ts'
import { factsOf, reduceFacts, type SessionFacts } from './session-facts.ts'
import { createSessionFeed } from './session-feed.ts'
import { createFreshness } from './session-freshness.ts'
import { createOlderPages } from './session-older.ts'
import { createSessionOutbox } from './session-outbox.ts'
import { createSessionSignals } from './session-signals.ts'
import { createStanding } from './session-standing.ts'
import { createStopping } from './session-stopping.ts'
import { createVisit } from './session-visit.ts'
import { createWriting } from './session-writing.ts'
import { useAccountStore } from './use-account-store.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'

/** The least time between two joins for lost deltas. */
const REJOIN_MS = 2_000

type SessionPhase = 'loading' | 'ready' | 'refused'
export type SessionStore = ReturnType<typeof useSessionStore>

/** The store of this session; the same for everyone who asks with the same id. */
export function useSessionStore(id: string) {
  return defineStore(`session:${id}`, () => setUp(id))()
}

function setUp(sessionId: string) {
  const { connection, rest, clock, storage, requestFrame } = useServices()
  const account = useAccountStore()
  const sessions = useSessionsStore()
  const pinia = getActivePinia()!

  const phase = ref<SessionPhase>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  const timeline = shallowRef<Timeline>(EMPTY_TIMELINE)
  const facts = shallowRef<SessionFacts | null>(null)
  const readSeq = ref(0)
  /** Up to where it was read when it was opened: the unread line stands after it. */
  const openedReadSeq = ref(0)
  let rejoinedAt = -REJOIN_MS

  const reader = () => ({ id: account.user?.id ?? '', role: account.user?.role ?? ('viewer' as const) })
  const { interrupt: interruptExecution, send, ...actions } = createSessionActions(connection, sessionId)
  const writing = createWriting({ connection, storage, clock, sessionId })
  const signals = createSessionSignals(clock, () => reader().id)
  const { isCurrent, asOf, current, outdated } = createFreshness(clock, signals.clear)
  const stopping = createStopping(timeline, { interrupt: interruptExecution })
  const marker = createReadMarker(clock, (seq) => (sessions.isGone(sessionId) ? Promise.resolve({ ok: true, data: null }) : rest.sessions.patch(sessionId, { read_seq: seq })), (seq) => (readSeq.value = seq))
  const outbox = createSessionOutbox(connection.outbox, sessionId)

  const feed = createSessionFeed({
    sessionId,
    connection,
    rest,
    requestFrame,
    onLoaded(snapshot, frames) {
      facts.value = frames.reduce((each, frame) => reduceFacts(each, frame, reader()), factsOf(snapshot))
      timeline.value = reduceAll(frames)
      marker.known(snapshot.read_seq)
      if (phase.value === 'loading') openedReadSeq.value = snapshot.read_seq
      outbox.forget()
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
      // What one may read no longer stays on no part of the page.
      timeline.value = EMPTY_TIMELINE
      facts.value = null
      outdated()
    },
  })
  const older = createOlderPages(timeline, feed, (why) => (trouble.value = why))

  function prompt(what: Prompt): Delivery<'claude_message'> {
    const delivery = send(what)
    outbox.follow(delivery)
    writing.sent(delivery.stored)
    return delivery
  }

  function take(frames: TimelineFrame[]): void {
    timeline.value = reduceAll(frames, timeline.value)
    if (facts.value) facts.value = frames.reduce((each, frame) => reduceFacts(each, frame, reader()), facts.value)
    for (const frame of frames) if (frame.type === 'message' && frame.data.user_id) signals.said(frame.data.user_id)
    outbox.settle(timeline.value, facts.value)
    stopping.look()
    if (timeline.value.gap && clock.elapsed() - rejoinedAt >= REJOIN_MS) {
      rejoinedAt = clock.elapsed()
      feed.rejoin()
    }
  }

  async function takeBack(id: string): Promise<void> {
    const text = await outbox.takeBack(id)
    if (text !== null) writing.putBack(text)
  }

  const visit = createVisit(sessionId, {
    opened() {
      writing.read()
      outbox.look()
      openedReadSeq.value = readSeq.value
      return feed.open()
    },
    left: feed.close,
    outdated,
    keep() {
      writing.flush()
      marker.flush()
    },
    forgotten() {
      outbox.stop()
      useSessionStore(sessionId).$dispose()
      delete pinia.state.value[`session:${sessionId}`]
    },
  })

  return {
    ...{ phase, trouble, timeline, isCurrent, asOf, readSeq, openedReadSeq },
    ...{ presence: signals.presence, typing: signals.typing, carets: signals.carets },
    ...{ draft: writing.draft, setDraft: writing.setDraft },
    ...{ stoppingId: stopping.stoppingId, interrupt: stopping.interrupt },
    ...createStanding(facts),
    ...older,
    ...{ outbox: outbox.items, retry: outbox.retry, discard: outbox.discard },
    ...visit,
    ...{ prompt, takeBack },
    /** What fills Claude's context, as far as the process can tell. */
    contextUsage: async () => {
      const answer = await rest.sessions.context(sessionId)
      return answer.ok ? (answer.data.usage ?? null) : null
    },
    markRead: (seq: number) => marker.read(seq),
    ...actions,
  }
}
