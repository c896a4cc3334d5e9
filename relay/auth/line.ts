// So many at a time, the others in a line that does not grow for ever.
import { Refused } from '#protocol'

export type Line = ReturnType<typeof createLine>

export function createLine({ atOnce, maxWaiting }: { atOnce: number; maxWaiting: number }) {
  let running = 0
  const waiting: (() => void)[] = []

  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (running >= atOnce) {
        if (waiting.length >= maxWaiting) throw new Refused('BUSY', 'too many people sign in at once', { retryAfterMs: 5_000 })
        await new Promise<void>((resolve) => waiting.push(resolve))
      } else {
        running += 1
      }
      try {
        return await work()
      } finally {
        // The place is handed on, not given back: nobody can slip in between.
        const next = waiting.shift()
        if (next) next()
        else running -= 1
      }
    },
    isEmpty: () => running === 0,
  }
}
