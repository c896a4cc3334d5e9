// One piece of work in each round of the event loop: fifty uploads whose pieces came together do not hold up what others say for all fifty.
import { nextRound } from '../clock.ts'

/** Settles when the work is done: in a round of its own, after what has this one to do, such as an answer. */
export type InTurn = (work: () => void) => Promise<void>

export function createInTurn(): InTurn {
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    const mine = last.then(nextRound).then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
