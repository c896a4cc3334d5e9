// Who wants to hear of something: each is told in the order in which they came, also when one goes while it is told.

export function createListeners<Heard extends unknown[]>() {
  const listeners = new Set<(...heard: Heard) => void>()

  return {
    /** Returns how to stop listening. */
    on(listener: (...heard: Heard) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(...heard: Heard): void {
      for (const listener of [...listeners]) listener(...heard)
    },
  }
}
