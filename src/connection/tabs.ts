// What the tabs of one browser share: locks, so that one of them acts, and a voice, so that the others know.

/** The part of the browser's LockManager that is used: `work` runs while nobody else holds the name. */
export type Locks = { request<T>(name: string, work: () => Promise<T>): Promise<T> }

/** A BroadcastChannel: what one tab posts, all the others hear. */
export type Voice = { post(message: unknown): void; onMessage(listener: (message: unknown) => void): void }

/** For browsers without Web Locks: the order is kept inside this tab, the ids keep the rest from doubling. */
export function createLocalLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>()
  return {
    request(name, work) {
      const before = tails.get(name) ?? Promise.resolve()
      const turn = before.then(work, work)
      tails.set(name, turn)
      const forget = () => {
        if (tails.get(name) === turn) tails.delete(name)
      }
      turn.then(forget, forget)
      return turn
    },
  }
}
