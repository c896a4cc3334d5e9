// Commands on their way: stored before they are sent, sent in order under one id until answered, kept when refused.
import type { DataFromBrowser } from '#protocol'
import type { Clock } from '../clock.ts'
import { readAnswer, type AnswerOf, type DeliverableType } from './messages.ts'
import { createLanes } from './outbox-lanes.ts'
import { createOutboxView, laneOf, textOf, type OutboxItem } from './outbox-view.ts'
import type { OutboxStore, StoredCommand } from './outbox-store.ts'
import { failed, trouble, type Outcome, type Trouble } from './outcome.ts'
import type { Ask } from './requests.ts'
import type { Locks, Voice } from './tabs.ts'

/** `stored`: from then on it survives a reload, the composer may forget it. `answer`: the relay's last word on it. */
export type Delivery<T extends DeliverableType> = { id: string; stored: Promise<void>; answer: Promise<Outcome<AnswerOf<T>>> }

export type OutboxDependencies = {
  store: OutboxStore
  locks: Locks
  /** The other tabs of this browser; null: there are none to speak of. */
  voice: Voice | null
  clock: Clock
  random: () => number
  newId: () => string
  /** Who is signed in, or was last when the relay cannot be asked. */
  userId: () => string | null
  onChange: () => void
  report(problem: string): void
}

export type Outbox = {
  deliver<T extends DeliverableType>(type: T, data: DataFromBrowser[T]): Delivery<T>
  /** Reads what earlier pages left. Called when it becomes known who is signed in. */
  load(): Promise<void>
  linkUp(ask: Ask): void
  linkDown(): void
  items(): readonly OutboxItem[]
  retry(id: string): Promise<void>
  discard(id: string): Promise<boolean>
  /** How many wait to be sent. */
  waiting(): number
}

/** What tabs tell each other about commands. */
type Word = { about: 'outbox'; what: 'changed' } | { about: 'outbox'; what: 'sending'; id: string } | { about: 'outbox'; what: 'settled'; command: StoredCommand; outcome: Outcome<unknown> }

export function createOutbox(dependencies: OutboxDependencies): Outbox {
  const { store, locks, voice, clock, random, newId, userId, report } = dependencies
  const view = createOutboxView(dependencies.onChange)
  const waiters = new Map<string, (outcome: Outcome<unknown>) => void>()
  const say = (word: Word) => voice?.post(word)

  const lanes = createLanes({
    store,
    locks,
    clock,
    random,
    userId,
    report,
    onSending(command) {
      view.mark(command.id, { state: 'sending', trouble: null, retryAt: null })
      say({ about: 'outbox', what: 'sending', id: command.id })
    },
    onWaiting(command, why, delayMs) {
      const retryAt = delayMs === null ? null : clock.now() + delayMs
      view.mark(command.id, { state: retryAt === null ? 'waiting' : 'delayed', trouble: retryAt === null ? null : why, retryAt })
    },
    async onSettled(command, outcome) {
      // The others hear of it before it leaves the store: a crash in between repeats an id, it never loses an answer.
      say({ about: 'outbox', what: 'settled', command, outcome })
      const refusal = settled(command, outcome)
      if (refusal) await store.refuse(command.id, refusal)
      else await store.remove(command.id)
      // Whoever opened in between has read it as waiting and did not hear the word before.
      say({ about: 'outbox', what: 'changed' })
    },
  })

  /** What every tab does with the last word on a command, whoever sent it. Returns why it is kept: refused text is not thrown away. */
  function settled(command: StoredCommand, outcome: Outcome<unknown>): Trouble | null {
    settle(command.id, outcome)
    const refusal = !outcome.ok && textOf(command) !== '' ? outcome.trouble : null
    if (refusal) view.refused(command, refusal)
    else view.remove(command.id)
    return refusal
  }

  function settle(id: string, outcome: Outcome<unknown>): void {
    waiters.get(id)?.(outcome)
    waiters.delete(id)
  }

  async function load(): Promise<void> {
    const user = userId()
    view.replace(user === null ? [] : await store.all(user))
    lanes.wake(view.waitingLanes())
  }

  voice?.onMessage((message) => {
    const word = message as Word
    if (word?.about !== 'outbox') return
    if (word.what === 'sending') return view.mark(word.id, { state: 'sending', trouble: null, retryAt: null })
    // The store may still show it as waiting: that is not looked at.
    if (word.what === 'settled') return void settled(word.command, word.outcome)
    // Waking the lane also queues for its lock: should the other tab close, this one goes on.
    void load()
  })

  async function add(command: StoredCommand): Promise<void> {
    view.adding(command)
    const stored = store.add(command)
    // The lane gets its lock meanwhile. It sends only what it reads in the store, which it can after this has been written.
    lanes.wake([command.lane])
    await stored
    view.added(command.id)
    lanes.wake([command.lane])
    say({ about: 'outbox', what: 'changed' })
  }

  return {
    deliver(type, data) {
      const id = newId()
      const user = userId()
      if (user === null) {
        const outcome = failed(trouble('UNAUTHORIZED', 'nobody is signed in'))
        return { id, stored: Promise.resolve(), answer: Promise.resolve(outcome) }
      }
      // A plain copy: what is stored must not change any more, and proxies cannot be stored.
      const plain = JSON.parse(JSON.stringify(data)) as typeof data
      const sessionId = 'session_id' in plain && plain.session_id ? plain.session_id : null
      const command: StoredCommand = { id, type, data: plain, sessionId, createdAt: clock.now(), userId: user, lane: laneOf(type, plain), refused: null }
      const outcome = new Promise<Outcome<unknown>>((resolve) => waiters.set(id, resolve))
      return { id, stored: add(command), answer: outcome.then((known) => (known.ok ? readAnswer(type, known.data) : known)) }
    },
    load,
    linkUp(ask) {
      lanes.linkUp(ask)
      lanes.wake(view.waitingLanes())
    },
    linkDown: lanes.linkDown,
    items: view.items,
    async retry(id) {
      const command = view.command(id)
      if (!command?.refused) return
      // A final refusal is remembered under its id. Added first, removed after: a crash doubles the text, it never loses it.
      await add({ ...command, id: newId(), createdAt: clock.now(), refused: null })
      view.remove(id)
      await store.remove(id)
      say({ about: 'outbox', what: 'changed' })
    },
    async discard(id) {
      if (view.isSending(id)) return false
      view.remove(id)
      const removed = await store.remove(id)
      settle(id, failed(trouble('ABORTED', 'taken back')))
      say({ about: 'outbox', what: 'changed' })
      return removed
    },
    waiting: view.waiting,
  }
}
