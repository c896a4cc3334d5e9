// Gathers what arrives between two pictures and hands it on as one.

export type FrameBatch<T> = {
  push(value: T): void
  /** Hands on what has gathered, now. */
  flush(): void
  /** Forgets what has gathered. */
  drop(): void
}

export function createFrameBatch<T>(requestFrame: (draw: () => void) => () => void, take: (values: T[]) => void): FrameBatch<T> {
  let gathered: T[] = []
  let callOff: (() => void) | null = null

  function flush(): void {
    callOff?.()
    callOff = null
    if (gathered.length === 0) return
    const values = gathered
    gathered = []
    take(values)
  }

  return {
    push(value) {
      gathered.push(value)
      callOff ??= requestFrame(flush)
    },
    flush,
    drop() {
      callOff?.()
      callOff = null
      gathered = []
    },
  }
}
