// How far a person has read in a session: only ever forward, told to the relay a moment later.
import type { Clock, Timer } from '../clock.ts'
import type { Outcome } from '../connection/connection.ts'

const TELL_AFTER_MS = 1_000

type ReadMarker = {
  /** What the relay knows. */
  known(seq: number): void
  read(seq: number): void
  seq(): number
  /** Tells what waits, now. */
  flush(): void
}

export function createReadMarker(clock: Clock, tell: (seq: number) => Promise<Outcome<unknown>>): ReadMarker {
  let marker = 0
  let told = 0
  let timer: Timer | null = null

  function move(seq: number): boolean {
    if (seq <= marker) return false
    marker = seq
    return true
  }

  function flush(): void {
    timer?.cancel()
    timer = null
    if (marker <= told) return
    const before = told
    const seq = (told = marker)
    void tell(seq).then((outcome) => {
      // Not taken: the next reading tells it again.
      if (!outcome.ok && told === seq) told = before
    })
  }

  return {
    known(seq) {
      told = Math.max(told, seq)
      move(seq)
    },
    read(seq) {
      if (move(seq) || marker > told) timer ??= clock.setTimer(flush, TELL_AFTER_MS)
    },
    seq: () => marker,
    flush,
  }
}
