// Reads that cost much: a few of one user at a time, the others in a line of their own, and no more than a browser could mean.
import { Refused } from '#protocol'

const running = 4
/** All tabs that a user may have open come back at once and ask for two each. */
const waiting = 100

export function createHeavyReads() {
  const users = new Map<string, { running: number; line: (() => void)[] }>()

  return async function inTurn<T>(userId: string, work: () => Promise<T>): Promise<T> {
    const mine = users.get(userId) ?? { running: 0, line: [] }
    users.set(userId, mine)
    if (mine.running >= running) {
      if (mine.line.length >= waiting) throw new Refused('RATE_LIMITED', 'too many reads at once', { retryAfterMs: 1_000 })
      // Who is called has the place of the one who calls.
      await new Promise<void>((resolve) => mine.line.push(resolve))
    } else mine.running += 1
    try {
      return await work()
    } finally {
      const next = mine.line.shift()
      if (next) next()
      else if (--mine.running === 0) users.delete(userId)
    }
  }
}
