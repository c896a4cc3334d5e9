// Looks again at whoever brings bytes for long: what was right at the start, rights and room, need not be right any more.
import type { Clock } from '../clock.ts'

const afterBytes = 16 * 1024 * 1024
const afterMs = 5_000

/** To be called with each piece, with all bytes so far; rejects as `look` does. */
export function createSecondLook(clock: Pick<Clock, 'elapsed'>, from: number, look: () => Promise<void>) {
  let bytes = from
  let at = clock.elapsed()
  return async (now: number): Promise<void> => {
    if (now - bytes < afterBytes && clock.elapsed() - at < afterMs) return
    bytes = now
    at = clock.elapsed()
    await look()
  }
}
