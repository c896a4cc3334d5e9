// Judges a process by its silence: idle for too long, waiting for people for too long, or owing an answer for too long.
import type { ClaudeProcess } from './process.ts'

const STALLED_MS = 120_000
const GIVEN_UP_MS = 600_000

export type Verdict = 'idle' | 'parked' | 'stalled' | null

type Watched = Pick<ClaudeProcess, 'tick' | 'quietMs' | 'isWaiting' | 'owesAnswer'>

/** Time is counted in ticks, not read from the clock: a clock that is set must not end processes. */
export function watchProcess(options: { idleMs: number; tell(text: string, code: 'stalled'): void }) {
  let idleMs = 0
  let isTold = false
  let isGivenUp = false
  return {
    idleMs: () => idleMs,
    reset(): void {
      idleMs = 0
      isTold = false
      isGivenUp = false
    },
    tick(ms: number, process: Watched, isIdle: boolean): Verdict {
      process.tick(ms)
      idleMs = isIdle ? idleMs + ms : 0
      if (idleMs >= options.idleMs) return 'idle'
      if (process.isWaiting()) return process.quietMs() >= options.idleMs ? 'parked' : null
      if (!process.owesAnswer() || process.quietMs() < STALLED_MS) {
        isTold = false
        return null
      }
      if (!isTold) options.tell('Claude has said nothing for two minutes.', 'stalled')
      isTold = true
      if (process.quietMs() < GIVEN_UP_MS || isGivenUp) return null
      isGivenUp = true
      return 'stalled'
    },
  }
}
