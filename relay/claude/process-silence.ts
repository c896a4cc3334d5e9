// Judges a process by its silence: idle for too long, waiting for people for too long, or owing an answer for too long.
const QUIET_MS = 120_000
const GIVEN_UP_MS = 600_000

export type Silence = {
  idleMs: number
  isIdle(): boolean
  /** People are being asked, and all waits for them. */
  isWaiting(): boolean
  /** It should be saying something: it has work, and no tool of it runs. */
  owesAnswer(): boolean
  /** Two minutes of it; people are told. */
  quiet(): void
  /** What becomes of it then. */
  idle(): void
  parked(): void
  stalled(): void
}

/** Time is counted in ticks, not read from the clock: a clock that is set must not end processes. */
export function watchSilence(process: Silence) {
  let idleMs = 0
  let quietMs = 0
  let isTold = false
  let hasStalled = false
  return {
    broken: (): void => void (quietMs = 0),
    idleMs: (): number => idleMs,
    hasStalled: (): boolean => hasStalled,
    tick(ms: number): void {
      quietMs += ms
      idleMs = process.isIdle() ? idleMs + ms : 0
      if (idleMs >= process.idleMs) return process.idle()
      if (process.isWaiting() && quietMs >= process.idleMs) return process.parked()
      if (!process.owesAnswer() || quietMs < QUIET_MS) return void (isTold = false)
      if (!isTold) process.quiet()
      isTold = true
      if (quietMs < GIVEN_UP_MS || hasStalled) return
      hasStalled = true
      process.stalled()
    },
  }
}
