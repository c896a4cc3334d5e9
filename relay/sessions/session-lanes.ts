// One thing at a time per session: whatever reads a row and then changes it waits for its turn here.
export type SessionLanes = {
  run<T>(sessionId: string, work: () => Promise<T>): Promise<T>
}

export function createSessionLanes(): SessionLanes {
  const tails = new Map<string, Promise<void>>()
  return {
    run(sessionId, work) {
      const outcome = (tails.get(sessionId) ?? Promise.resolve()).then(work)
      const done = () => void (tails.get(sessionId) === tail && tails.delete(sessionId))
      const tail: Promise<void> = outcome.then(done, done)
      tails.set(sessionId, tail)
      return outcome
    },
  }
}
