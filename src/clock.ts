// Time as a dependency of the browser's code: whoever needs the hour or a timer is handed a Clock, so that tests can hold it still.
export type Timer = { cancel(): void }

export type Clock = {
  /** Milliseconds since 1970. Steps when the machine's clock is set: for showing and stamping only. */
  now(): number
  /** Milliseconds on a clock that never steps: for measuring how long something took. */
  elapsed(): number
  /** Calls `fn` once after `ms` milliseconds. */
  setTimer(fn: () => void, ms: number): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer(fn, ms) {
    const handle = setTimeout(fn, ms)
    return { cancel: () => clearTimeout(handle) }
  },
}
