// Commands on their way: stored before they are sent, sent in order under one id until answered, kept when refused.
import type { DataFromBrowser } from '#protocol'
import { readAnswer, type AnswerOf, type DeliverableType } from './messages.ts'
import { createOutboxAnswers } from './outbox-answers.ts'
import { createLanes, type LanesDependencies } from './outbox-lanes.ts'
import { createSecondThoughts } from './outbox-second-thoughts.ts'
import type { StoredCommand } from './outbox-store.ts'
import { createOutboxTabs } from './outbox-tabs.ts'
import { createOutboxView, laneOf } from './outbox-view.ts'
import { failed, trouble, type Outcome } from './outcome.ts'
import type { Ask } from './requests.ts'
import type { Voice } from './tabs.ts'

/** `stored`: from then on it survives a reload, the composer may forget it. `answer`: the relay's last word on it. */
export type Delivery<T extends DeliverableType> = { id: string; stored: Promise<void>; answer: Promise<Outcome<AnswerOf<T>>> }

export type Outbox = ReturnType<typeof createOutbox>
export type OutboxDependencies = Omit<LanesDependencies, 'onSending' | 'onWaiting' | 'onSettled'> & {
  voice: Voice | null
  newId: () => string
  onChange: () => void
}

export function createOutbox(dependencies: OutboxDependencies) {
  const { store, clock, newId, userId } = dependencies
  const view = createOutboxView(dependencies.onChange, clock)
  const answers = createOutboxAnswers(store, view)
  // Loading wakes the lanes, which also queues for their locks: should the other tab close, this one goes on.
  const tabs = createOutboxTabs(dependencies.voice, { sending: view.sending, settled: answers.hear, changed: () => void load() })

  const lanes = createLanes({
    ...dependencies,
    onSending(command) {
      view.sending(command.id)
      tabs.sending(command.id)
    },
    onWaiting: view.waitingFor,
    async onSettled(command, outcome) {
      // The others hear of it before it leaves the store: a crash in between repeats an id, it never loses an answer.
      tabs.settled(command, outcome)
      await answers.settle(command, outcome)
      // Whoever opened in between has read it as waiting and did not hear the word before.
      tabs.changed()
    },
  })

  async function add(command: StoredCommand): Promise<void> {
    // Begun before the page shows it: what that draws would come between.
    const stored = store.add(command)
    // The lane gets its lock meanwhile. It sends only what it reads in the store, which it can after this has been written.
    lanes.wake([command.lane])
    view.adding(command)
    await stored
    view.added(command.id)
    lanes.wake([command.lane])
    tabs.changed()
  }

  function deliver<T extends DeliverableType>(type: T, data: DataFromBrowser[T], id = newId()): Delivery<T> {
    const user = userId()
    if (user === null) return { id, stored: Promise.resolve(), answer: Promise.resolve(failed(trouble('UNAUTHORIZED', 'nobody is signed in'))) }
    // A plain copy: what is stored must not change any more, and proxies cannot be stored.
    const plain = JSON.parse(JSON.stringify(data)) as typeof data
    const sessionId = 'session_id' in plain && plain.session_id ? plain.session_id : null
    const command: StoredCommand = { id, type, data: plain, sessionId, createdAt: clock.now(), userId: user, lane: laneOf(type, plain), refused: null }
    const answer = answers.of(id)
    return { id, stored: add(command), answer: answer.then((known) => (known.ok ? readAnswer(type, known.data) : known)) }
  }

  /** Reads what earlier pages left. Called when it becomes known who is signed in. */
  async function load(): Promise<void> {
    const user = userId()
    view.replace(user === null ? [] : await store.all(user))
    lanes.wake(view.waitingLanes())
  }

  return {
    deliver,
    load,
    linkUp(ask: Ask): void {
      lanes.linkUp(ask)
      lanes.wake(view.waitingLanes())
    },
    linkDown: lanes.linkDown,
    items: view.items,
    /** How many wait to be sent. */
    waiting: view.waiting,
    ...createSecondThoughts({ store, view, clock, newId, add, takenBack: (id) => answers.tell(id, failed(trouble('ABORTED', 'taken back'))), changed: tabs.changed }),
  }
}
