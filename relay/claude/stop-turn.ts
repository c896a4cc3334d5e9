// Stopping a turn: softly by asking the CLI, and by ending its process when it does not listen.
import type { Clock } from '../clock.ts'

export type Stopped = 'interrupted' | 'killed' | 'nothing'
/** `keepsQueued`: what waits in the CLI's own queue, as news of work in the background, is not dropped, and begins turns of its own. */
export type Interruption = { keepsQueued?: boolean }

export type Stoppable = {
  clock: Clock
  /** running: a turn runs · due: a prompt was handed over and no turn has begun with it yet. */
  work(): 'running' | 'due' | 'none'
  interrupt(how: Interruption): Promise<unknown>
  /** Ends the process; resolves when it is gone. */
  kill(): Promise<void>
}

export function createStopTurn({ clock, work, interrupt, kill }: Stoppable) {
  let stopping: Promise<Stopped> | null = null
  let ended: (() => void) | null = null

  let asked: Interruption = {}
  const ask = (): void => void interrupt(asked).catch(() => {})

  async function stop(limitMs: number, how: Interruption): Promise<Stopped> {
    const now = work()
    if (now === 'none') return 'nothing'
    asked = how
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
    stop: (limitMs: number, how: Interruption = {}): Promise<Stopped> => (stopping ??= stop(limitMs, how).finally(() => (stopping = null))),
    /** The turn that was due when it was to be stopped. */
    turnBegan: (): void => void (ended && ask()),
    turnEnded(): void {
      ended?.()
      ended = null
    },
  }
}
