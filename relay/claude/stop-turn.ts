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
  let stopping: Promise<Stopped> | null = null
  let ended: (() => void) | null = null

  const ask = (): void => void interrupt().catch(() => {})

  async function stop(limitMs: number): Promise<Stopped> {
    const now = work()
    if (now === 'none') return 'nothing'
    const { promise, resolve } = Promise.withResolvers<'interrupted' | 'late'>()
    ended = () => resolve('interrupted')
    const timer = clock.setTimer(() => resolve('late'), limitMs)
    if (now === 'running') ask()
    const outcome = await promise
    timer.cancel()
    ended = null
    if (outcome === 'interrupted') return outcome
    await kill()
    return 'killed'
  }

  return {
    /** Several who want it stopped wait for the same end. */
    stop: (limitMs: number): Promise<Stopped> => (stopping ??= stop(limitMs).finally(() => (stopping = null))),
    /** The turn that was due when it was to be stopped. */
    turnBegan: (): void => void (ended && ask()),
    turnEnded(): void {
      ended?.()
      ended = null
    },
  }
}
