// One open session: its conversation, who is in it, what waits, what one is writing, and everything one can do there.
import { defineStore, getActivePinia } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { allows, type CursorMoved, type Presence, type SessionAction } from '#protocol'
import type { Delivery, OutboxItem, Trouble } from '../connection/connection.ts'
import { joinOlder } from '../timeline/join-older.ts'
import { reduceAll } from '../timeline/reduce-timeline.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineFrame } from '../timeline/timeline.ts'
import { createDraft } from './drafts.ts'
import { createReadMarker } from './read-marker.ts'
import { createSessionActions, type Prompt } from './session-actions.ts'
import { factsOf, reduceFacts, type SessionFacts } from './session-facts.ts'
import { createSessionFeed } from './session-feed.ts'
import { createSessionOutbox } from './session-outbox.ts'
import { createTypingPeople, type TypingPerson } from './typing-people.ts'
import { useAccountStore } from './use-account-store.ts'
import { useConnectionStore } from './use-connection-store.ts'
import { useServices } from './use-services.ts'
import { useSessionsStore } from './use-sessions-store.ts'
import { useVisitedStore } from './use-visited-store.ts'

/** The least time between two joins for lost deltas, and between two typing signs. */
const REJOIN_MS = 2_000
const TYPING_SIGN_MS = 3_000

type SessionPhase = 'loading' | 'ready' | 'refused'
export type SessionStore = ReturnType<typeof useSessionStore>

/** The store of this session; the same for everyone who asks with the same id. */
export function useSessionStore(id: string) {
  return defineStore(`session:${id}`, () => setUp(id))()
}

function setUp(sessionId: string) {
  const { connection, rest, clock, storage, requestFrame, onHidden } = useServices()
  const account = useAccountStore()
  const link = useConnectionStore()
  const visits = useVisitedStore()
  const sessions = useSessionsStore()
  const pinia = getActivePinia()!

  const phase = ref<SessionPhase>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  const timeline = shallowRef<Timeline>(EMPTY_TIMELINE)
  const facts = shallowRef<SessionFacts | null>(null)
  const presence = shallowRef<Presence['people']>([])
  const typing = shallowRef<readonly TypingPerson[]>([])
  const carets = shallowRef<ReadonlyMap<string, CursorMoved>>(new Map())
  const outbox = shallowRef<readonly OutboxItem[]>([])
  const draft = ref('')
  const readSeq = ref(0)
  /** Up to where it was read when it was opened: the unread line stands after it. */
  const openedReadSeq = ref(0)
  const isCurrent = ref(false)
  /** The last moment at which what is shown was known to be current; null while it is. */
  const asOf = ref<number | null>(null)
  const loadingOlder = ref(false)
  const stoppingId = ref<string | null>(null)

  const reader = () => ({ id: account.user?.id ?? '', role: account.user?.role ?? ('viewer' as const) })
  const actions = createSessionActions(connection, sessionId)
  const drafts = createDraft({ storage, clock, sessionId })
  const typists = createTypingPeople(clock, (people) => (typing.value = people.filter((each) => each.userId !== account.user?.id)))
  const marker = createReadMarker(clock, (seq) => rest.sessions.patch(sessionId, { read_seq: seq }), (seq) => (readSeq.value = seq))
  const commands = createSessionOutbox(connection.outbox, sessionId, () => (outbox.value = commands.items()))
  let rejoinedAt = -REJOIN_MS
  let signedAt = -TYPING_SIGN_MS

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
      commands.forget()
      phase.value = 'ready'
      trouble.value = null
    },
    onFrames: take,
    onSignal(signal) {
      if (signal.type === 'presence') presence.value = signal.data.people
      if (signal.type === 'typing') typists.sign(signal.data)
      if (signal.type === 'cursor_moved') carets.value = new Map(carets.value).set(signal.data.user_id, signal.data)
    },
    onJoined() {
      isCurrent.value = true
      asOf.value = null
      trouble.value = null
    },
    onTrouble(why) {
      trouble.value = why
      if (why.code === 'NOT_FOUND' || why.code === 'FORBIDDEN') phase.value = 'refused'
    },
  })

  function take(frames: TimelineFrame[]): void {
    timeline.value = reduceAll(frames, timeline.value)
    if (facts.value) facts.value = frames.reduce((each, frame) => reduceFacts(each, frame, reader()), facts.value)
    for (const frame of frames) if (frame.type === 'message' && frame.data.user_id) typists.forget(frame.data.user_id)
    commands.settle(isShown)
    if (stoppingId.value !== null && timeline.value.runningId !== stoppingId.value) stoppingId.value = null
    if (timeline.value.gap && clock.elapsed() - rejoinedAt >= REJOIN_MS) {
      rejoinedAt = clock.elapsed()
      feed.rejoin()
    }
  }

  /** A prompt that was sent is shown by the relay's own word now: in the conversation, or in the queue. */
  function isShown(messageId: string): boolean {
    if (facts.value?.queue.items.some((each) => each.message_id === messageId)) return true
    return timeline.value.items.some((each) => (each.kind === 'prompt' || each.kind === 'note') && each.messageId === messageId)
  }

  function outdated(): void {
    if (!isCurrent.value) return
    isCurrent.value = false
    asOf.value = clock.now()
    typists.clear()
  }

  const stopWatching = watch(() => link.isUp, (up) => void (!up && outdated()), { flush: 'sync' })

  const stopHidden = onHidden(keep)

  /** What was written and read a moment ago. */
  function keep(): void {
    drafts.flush()
    marker.flush()
  }

  async function open(): Promise<void> {
    visits.visit(sessionId, forget)
    sessions.enter(sessionId)
    draft.value = drafts.read()
    outbox.value = commands.items()
    openedReadSeq.value = readSeq.value
    await feed.open()
  }

  /** Stops listening; what was read stays, and is continued when it is opened again. */
  function leave(): void {
    feed.close()
    sessions.leave(sessionId)
    outdated()
    keep()
  }

  function forget(): void {
    leave()
    stopWatching()
    stopHidden()
    commands.stop()
    useSessionStore(sessionId).$dispose()
    delete pinia.state.value[`session:${sessionId}`]
  }

  function setDraft(text: string): void {
    draft.value = text
    drafts.write(text)
    if (text === '' || clock.elapsed() - signedAt < TYPING_SIGN_MS) return
    signedAt = clock.elapsed()
    connection.send('typing', { session_id: sessionId })
  }

  /** The field is empty at once; the device forgets the draft only when the outbox has it. */
  function prompt(what: Prompt): Delivery<'claude_message'> {
    const delivery = actions.send(what)
    commands.follow(delivery)
    draft.value = ''
    void delivery.stored.then(() => draft.value === '' && drafts.write(''))
    return delivery
  }

  /** Takes what was refused, or still waits, back into the composer. */
  async function takeBack(id: string): Promise<void> {
    const item = outbox.value.find((each) => each.id === id)
    if (!item || !(await connection.outbox.discard(id))) return
    setDraft(draft.value.trim() === '' ? item.text : `${draft.value}\n\n${item.text}`)
  }

  async function interrupt() {
    const executionId = timeline.value.runningId
    if (executionId === null) return null
    stoppingId.value = executionId
    const outcome = await actions.interrupt(executionId)
    if (!outcome.ok && stoppingId.value === executionId) stoppingId.value = null
    return outcome
  }

  async function loadOlder(): Promise<void> {
    if (loadingOlder.value || !hasOlder.value) return
    loadingOlder.value = true
    const firstSeq = timeline.value.firstSeq
    const page = await feed.older(firstSeq)
    loadingOlder.value = false
    if (!page.ok) trouble.value = page.trouble
    else if (timeline.value.firstSeq === firstSeq) timeline.value = joinOlder(timeline.value, page.data)
  }

  const row = computed(() => facts.value?.row ?? null)
  const role = computed(() => (facts.value?.removedBy ? null : (row.value?.role ?? null)))
  const hasOlder = computed(() => timeline.value.firstSeq > 1)
  const { send: _send, interrupt: _interrupt, ...commandsOfAction } = actions

  return {
    ...{ phase, trouble, timeline, row, role, isCurrent, asOf, hasOlder, loadingOlder, stoppingId },
    ...{ presence, typing, carets, outbox, draft, readSeq, openedReadSeq },
    participants: computed(() => facts.value?.participants ?? []),
    queue: computed(() => facts.value?.queue ?? null),
    permissions: computed(() => facts.value?.permissions ?? []),
    removedBy: computed(() => facts.value?.removedBy ?? null),
    /** Whether the reader may do this here; `own`: on something of their own. */
    may: (action: SessionAction, own = false) => allows(action, role.value, own),
    ...{ open, leave, loadOlder, setDraft, prompt, takeBack, interrupt },
    /** What fills Claude's context, as far as the process can tell. */
    contextUsage: async () => {
      const answer = await rest.sessions.context(sessionId)
      return answer.ok ? (answer.data.usage ?? null) : null
    },
    markRead: (seq: number) => marker.read(seq),
    retry: (id: string) => connection.outbox.retry(id),
    discard: (id: string) => connection.outbox.discard(id),
    ...commandsOfAction,
  }
}
