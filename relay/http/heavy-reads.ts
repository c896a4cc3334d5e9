// Reads that cost much: a few of one user at a time, the others in a line of their own, and no more than a browser could mean.
// A query holds everybody up while it runs: each read begins in a round of its own, whoever's it is, and what has arrived is served between two.
import { Refused } from '#protocol'
import { nextRound } from '../clock.ts'
import { createLines } from '../line.ts'

const atOnce = 4
/** All tabs that a user may have open come back at once and ask for two each. */
const maxWaiting = 100

const full = () => new Refused('RATE_LIMITED', 'too many reads at once', { retryAfterMs: 1_000 })

export function createHeavyReads() {
  const lines = createLines({ atOnce, maxWaiting, full })
  let round = Promise.resolve()

  return <T>(userId: string, work: () => Promise<T>): Promise<T> => lines.run(userId, () => (round = round.then(nextRound)).then(work))
}
