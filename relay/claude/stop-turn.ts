// Stopping a turn: softly by asking the CLI, and by ending its process when it does not listen.
import type { Clock } from '../clock.ts'

export type Stopped = 'interrupted' | 'killed' | 'nothing'

export type Stoppable = {
  clock: Clock
  /** running: a turn runs · due: a prompt was handed over and no turn has begun with it yet. */
  work(): 'running' | 'due' | 'none'
  interrupt(): Promise<unknown>
  /** Ends the process; resolves when it is gone. */
  kill(): Promise<void>
}

export function createStopTurn({ clock, work, interrupt, kill }: Stoppable) {
  const waiting = new Set<() => void>()
  let stopping: Promise<Stopped> | null = null
  let isDue = false

  const ask = (): void => void interrupt().catch(() => {})

  /** Settles with the end of the turn, or with false after `ms`. */
  async function turnEnds(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = clock.setTimer(() => resolve(false), ms)
    const done = (): void => resolve(true)
    waiting.add(done)
    const ended = await promise
    timer.cancel()
    waiting.delete(done)
    return ended
  }

  async function stop(limitMs: number): Promise<Stopped> {
    const now = work()
    if (now === 'none') return 'nothing'
    const ended = turnEnds(limitMs)
    if (now === 'running') ask()
    else isDue = true
    const didEnd = await ended
    isDue = false
    if (didEnd) return 'interrupted'
    await kill()
    return 'killed'
  }

  return {
    /** Several who want it stopped wait for the same end. */
    stop: (limitMs: number): Promise<Stopped> => (stopping ??= stop(limitMs).finally(() => (stopping = null))),
    turnBegan(): void {
      if (isDue) ask()
    },
    turnEnded(): void {
      for (const done of [...waiting]) done()
    },
  }
}
