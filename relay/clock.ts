// Time as a dependency: whoever needs the hour or a timer is handed a Clock, so that tests can hold it still.
export type Timer = { cancel(): void }

export type Clock = {
  /** Milliseconds since 1970. May step when the machine's clock is set. */
  now(): number
  /** Milliseconds since some moment, in fractions; never steps. For how long something takes. */
  elapsed(): number
  /** Calls `fn` once after `ms` milliseconds. */
  setTimer(fn: () => void, ms: number): Timer
  /** Calls `fn` each `ms` milliseconds until cancelled. */
  every(fn: () => void, ms: number): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer(fn, ms) {
    const handle = setTimeout(fn, ms)
    return { cancel: () => clearTimeout(handle) }
  },
  every(fn, ms) {
    const handle = setInterval(fn, ms)
    return { cancel: () => clearInterval(handle) }
  },
}

/** The same clock, but a round of a periodic timer that throws ends nothing: `failed` hears of it, and the next round comes in its time. */
export const steady = (clock: Clock, failed: (error: unknown) => void): Clock => ({
  ...clock,
  every: (fn, ms) =>
    clock.every(() => {
      try {
        fn()
      } catch (error) {
        failed(error)
      }
    }, ms),
})

/** After whatever has arrived meanwhile had its turn. No time is in it, so nobody needs to hold it still. */
export const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
