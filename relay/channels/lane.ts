// The lane of one channel: commits are told in the order of their numbers, and signals wait behind earlier commits.
import { type Bag, createBag } from './delivery/bag.ts'
import type { Coalescer } from './delivery/coalescer.ts'
import type { EventMessage, Message } from './delivery/message.ts'
import { createLaneProgress } from './lane-progress.ts'
import type { Member } from './member.ts'

/** The place of a commit that is under way. */
export type Slot = { kind: 'slot'; told: EventMessage[] | null }

export type Lane = ReturnType<typeof createLane>

type Dependencies = {
  channel: string
  coalescer: Coalescer
  topOfLog: () => Promise<number>
  /** What was told of the open blocks before this lane was made. */
  shown: Map<string, number>
  onSettled: () => void
}

export function createLane({ channel, coalescer, topOfLog, shown, onSettled }: Dependencies) {
  const queue: (Slot | { kind: 'loose'; bag: Bag })[] = []
  const members = new Set<{ readonly member: Member }>()
  const { note, moved, standing } = createLaneProgress({ topOfLog, shown, settled: () => queue.length === 0 })

  function deliver(messages: Message[]): void {
    if (messages.length === 0) return
    for (const message of messages) note(message)
    // What nobody would get is not even put together.
    if (members.size > 0) coalescer.add(messages)
  }

  function drain(): void {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      if (head.kind === 'slot' && head.told === null) break
      queue.shift()
      deliver(head.kind === 'slot' ? head.told! : head.bag.take())
    }
    moved()
    if (queue.length === 0) onSettled()
  }

  return {
    channel,
    coalescer,
    members,
    ...standing,
    /** Keeps a place for the events of a commit that was just submitted. */
    reserve(): Slot {
      const slot: Slot = { kind: 'slot', told: null }
      queue.push(slot)
      return slot
    },
    /** The commit is decided; without messages nothing of it is told. */
    settle(slot: Slot, messages: EventMessage[]): void {
      slot.told = messages
      drain()
    },
    /** A signal or a delta: at once, or behind the commits under way. */
    pass(message: Message): void {
      const last = queue.at(-1)
      if (last === undefined) return deliver([message])
      if (last.kind === 'loose') return last.bag.add(message)
      const bag = createBag()
      bag.add(message)
      queue.push({ kind: 'loose', bag })
    },
  }
}
