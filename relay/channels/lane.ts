// The lane of one channel: commits are told in the order of their numbers, and signals wait behind earlier commits.
import { type Bag, createBag } from './delivery/bag.ts'
import type { Coalescer } from './delivery/coalescer.ts'
import type { EventMessage, Message } from './delivery/message.ts'
import type { Membership } from './memberships.ts'

/** The place of a commit that is under way. */
export type Slot = { kind: 'slot'; told: EventMessage[] | null }

export type Lane = {
  readonly channel: string
  readonly coalescer: Coalescer
  readonly members: Set<Membership>
  /** Keeps a place for the events of a commit that was just submitted. */
  reserve(): Slot
  /** The commit is decided; without messages nothing of it is told. */
  settle(slot: Slot, messages: EventMessage[]): void
  /** A signal or a delta: at once, or behind the commits under way. */
  pass(message: Message): void
  /** The last number given to the coalescer; null while nothing was told since the lane was made. */
  told(): number | null
  /** What `told` was when the lane was made, as far as is known. */
  floor(): number | null
  /** `told`, looked up in the log if need be. */
  position(): Promise<number>
  /** Resolves when something was told or nothing is under way any more. */
  progress(): Promise<void>
  /** No commit is under way. */
  settled(): boolean
  /** How much of each open block was told, in UTF-16 units by message_id. */
  shown: Map<string, number>
}

type Dependencies = {
  channel: string
  coalescer: Coalescer
  topOfLog: () => Promise<number>
  /** What was told of the open blocks before this lane was made. */
  shown: Map<string, number>
  onSettled: () => void
}

export function createLane({ channel, coalescer, topOfLog, shown, onSettled }: Dependencies): Lane {
  const queue: (Slot | { kind: 'loose'; bag: Bag })[] = []
  let told: number | null = null
  let floor: number | null = null
  let waiters: (() => void)[] = []
  const members = new Set<Membership>()

  function deliver(messages: Message[]): void {
    if (messages.length === 0) return
    for (const message of messages) {
      if (message.kind === 'delta') {
        shown.set(message.block, message.offset + message.piece.length)
      } else if (message.kind === 'event') {
        floor ??= message.event.seq - 1
        told = message.event.seq
        if (message.completes !== null) shown.delete(message.completes)
      }
    }
    // What nobody would get is not even put together.
    if (members.size > 0) coalescer.add(messages)
  }

  function drain(): void {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      if (head.kind === 'slot' && head.told === null) break
      queue.shift()
      deliver(head.kind === 'slot' ? head.told! : head.bag.take())
    }
    const woken = waiters
    waiters = []
    for (const wake of woken) wake()
    if (queue.length === 0) onSettled()
  }

  function progress(): Promise<void> {
    if (queue.length === 0) return Promise.resolve()
    return new Promise((resolve) => waiters.push(resolve))
  }

  return {
    channel,
    coalescer,
    members,
    shown,
    reserve() {
      const slot: Slot = { kind: 'slot', told: null }
      queue.push(slot)
      return slot
    },
    settle(slot, messages) {
      slot.told = messages
      drain()
    },
    pass(message) {
      const last = queue.at(-1)
      if (last === undefined) return deliver([message])
      if (last.kind === 'loose') return last.bag.add(message)
      const bag = createBag()
      bag.add(message)
      queue.push({ kind: 'loose', bag })
    },
    told: () => told,
    floor: () => floor,
    async position() {
      while (told === null) {
        const top = await topOfLog()
        if (told !== null) break
        // With nothing under way the log holds exactly what was told. Otherwise it may be ahead of it.
        if (queue.length > 0) await progress()
        else floor = told = top
      }
      return told
    },
    progress,
    settled: () => queue.length === 0,
  }
}
