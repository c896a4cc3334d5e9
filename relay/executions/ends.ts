// Who wants to know when executions end.
import type { Task } from '#protocol'

export type Ends = ReturnType<typeof createEnds>

export function createEnds() {
  const listeners = new Set<(task: Task) => void>()
  return {
    /** Right after the commit. */
    tell: (task: Task): void => listeners.forEach((listener) => listener(task)),
    /** Returns how to stop. */
    listen(listener: (task: Task) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
