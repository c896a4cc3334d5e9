// What the relay's own process holds, told however ill it is: the system wants a descriptor for the answer, and strangers can have taken them all.
export type OwnMemory = { totalBytes: number; heapBytes: number }

const ask = (): OwnMemory => {
  const { rss, heapUsed } = process.memoryUsage()
  return { totalBytes: rss, heapBytes: heapUsed }
}

/** Where it cannot be asked, what it was last counts; before that it is 0. */
export function createOwnMemory(read: () => OwnMemory = ask): () => OwnMemory {
  let last: OwnMemory = { totalBytes: 0, heapBytes: 0 }
  return () => {
    try {
      last = read()
    } catch {
      // Nobody is to end for a number.
    }
    return last
  }
}
