// Messages that wait together: pieces of one block become one, and of signals with one key only the latest stays.
import type { DeltaMessage, Message } from './message.ts'

const maxSignals = 1_000

export type Bag = {
  add(message: Message): void
  /** Everything in order; the bag is empty afterwards. */
  take(): Message[]
  size(): number
}

export function createBag(): Bag {
  // In the order of arrival. Signals with a latestKey are kept under it, everything else under a running number.
  let entries = new Map<string | number, Message>()
  let nextKey = 0
  let signals = 0
  const joinable = new Map<string, DeltaMessage>()

  /** Signals pass and are not kept: when the writer stalls, the oldest may go so that memory does not grow. */
  function dropOldestSignal(): void {
    for (const [key, message] of entries) {
      if (message.kind !== 'signal') continue
      entries.delete(key)
      signals--
      return
    }
  }

  function addDelta(message: DeltaMessage): void {
    const before = joinable.get(message.block)
    if (before) {
      before.piece += message.piece
      return
    }
    // A copy: the same message also waits in the lane of its task, and grows there on its own.
    const own = { ...message }
    joinable.set(message.block, own)
    entries.set(nextKey++, own)
  }

  return {
    add(message) {
      if (message.kind === 'delta') return addDelta(message)
      if (message.kind === 'event') {
        // Text that comes after an event must not be joined to text before it.
        joinable.clear()
        entries.set(nextKey++, message)
        return
      }
      const key = message.latestKey ?? nextKey++
      // Deleted first, because a Map keeps the place of a key that is set again.
      if (entries.delete(key)) signals--
      entries.set(key, message)
      if (++signals > maxSignals) dropOldestSignal()
    },
    take() {
      const taken = [...entries.values()]
      entries = new Map()
      signals = 0
      joinable.clear()
      return taken
    },
    size: () => entries.size,
  }
}
