// Gathers what arrives between two pictures and hands it on as one. What comes into a quiet moment waits for no picture.

export type FrameBatch<T> = {
  push(value: T): void
  /** Hands on what has gathered, now. */
  flush(): void
  /** Forgets what has gathered. */
  drop(): void
}

export function createFrameBatch<T>(requestFrame: (draw: () => void) => () => void, take: (values: T[]) => void): FrameBatch<T> {
  let gathered: T[] = []
  /** Set from the first value on, for as long as something came since the last picture. */
  let callOff: (() => void) | null = null
  let soon = false

  function flush(): void {
    if (gathered.length === 0) return
    const values = gathered
    gathered = []
    take(values)
  }

  function picture(): void {
    callOff = gathered.length > 0 ? requestFrame(picture) : null
    flush()
  }

  /** Behind the other messages of the same frame from the relay: together they are one change. */
  function flushSoon(): void {
    if (soon) return
    soon = true
    queueMicrotask(() => {
      soon = false
      flush()
    })
  }

  return {
    push(value) {
      gathered.push(value)
      if (callOff !== null) return
      callOff = requestFrame(picture)
      flushSoon()
    },
    flush,
    drop() {
      callOff?.()
      callOff = null
      gathered = []
    },
  }
}
