// So many at a time, the others in a line that does not grow for ever.
import type { Refused } from '#protocol'

type Line = ReturnType<typeof createLine>

type Settings = { atOnce: number; maxWaiting: number; full: () => Refused }

/** `full`: what the one is told for whom there is no room left. */
export function createLine({ atOnce, maxWaiting, full }: Settings) {
  let running = 0
  const waiting: (() => void)[] = []

  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (running >= atOnce) {
        if (waiting.length >= maxWaiting) throw full()
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
    /** The next one would be told so. */
    isFull: () => running >= atOnce && waiting.length >= maxWaiting,
  }
}

/** A line for each, as long as somebody is in it. */
export function createLines(settings: Settings) {
  const lines = new Map<string, Line>()

  return {
    async run<T>(whose: string, work: () => Promise<T>): Promise<T> {
      const line = lines.get(whose) ?? createLine(settings)
      lines.set(whose, line)
      try {
        return await line.run(work)
      } finally {
        if (line.isEmpty()) lines.delete(whose)
      }
    },
    isFull: (whose: string): boolean => lines.get(whose)?.isFull() ?? false,
  }
}
