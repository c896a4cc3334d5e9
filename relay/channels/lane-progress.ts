// How far a lane has told, for readers who come in the middle and go on from there.
import type { Message } from './delivery/message.ts'

type Dependencies = {
  topOfLog: () => Promise<number>
  /** How much of each open block was told before this lane was made, in UTF-16 units by message_id. */
  shown: Map<string, number>
  /** No commit is under way. */
  settled: () => boolean
}

export function createLaneProgress({ topOfLog, shown, settled }: Dependencies) {
  let told: number | null = null
  let floor: number | null = null
  let waiters: (() => void)[] = []

  function progress(): Promise<void> {
    if (settled()) return Promise.resolve()
    return new Promise((resolve) => waiters.push(resolve))
  }

  return {
    note(message: Message): void {
      if (message.kind === 'delta') {
        shown.set(message.block, message.offset + message.piece.length)
      } else if (message.kind === 'event') {
        floor ??= message.event.seq - 1
        told = message.event.seq
        if (message.completes !== null) shown.delete(message.completes)
      }
    },
    /** A commit was decided. */
    moved(): void {
      const woken = waiters
      waiters = []
      for (const wake of woken) wake()
    },
    /** What readers ask. */
    standing: {
      /** How much of each open block was told, in UTF-16 units by message_id. */
      shown,
      /** The last number that was told; null while nothing was told since the lane was made. */
      told: () => told,
      /** What `told` was when the lane was made, as far as is known. */
      floor: () => floor,
      /** `told`, looked up in the log if need be. */
      async position(): Promise<number> {
        while (told === null) {
          const top = await topOfLog()
          if (told !== null) break
          // With nothing under way the log holds exactly what was told. Otherwise it may be ahead of it.
          if (settled()) floor = told = top
          else await progress()
        }
        return told
      },
      /** Resolves when something was told or nothing is under way any more. */
      progress,
      settled,
    },
  }
}
