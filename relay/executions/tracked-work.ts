// Work that nobody waits for while it goes on, so that somebody can wait for all of it.
export type TrackedWork = {
  track(work: Promise<unknown> | undefined): void
  settled(): Promise<void>
}

export function createTrackedWork(failed: (problem: unknown) => void): TrackedWork {
  const tracked = new Set<Promise<unknown>>()
  return {
    track(work) {
      if (!work) return
      tracked.add(work)
      void work.catch(failed).finally(() => tracked.delete(work))
    },
    async settled() {
      while (tracked.size > 0) await Promise.allSettled([...tracked])
    },
  }
}
