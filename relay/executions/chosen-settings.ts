// Model and mode that a person chooses, told to the process that runs. The row, from which every later one starts, is changed by sessions.
import { Refused, type PermissionMode } from '#protocol'
import type { Dependencies } from './dependencies.ts'
import type { Rooms } from './rooms.ts'
import { within } from './within.ts'

/** The CLI asks the API whether it knows a model; people do not wait longer than this for the answer. */
const appliedWithinMs = 5_000

export function createChosenSettings({ clock, log, sessions }: Pick<Dependencies, 'clock' | 'log' | 'sessions'>, rooms: Rooms) {
  /** Later than that it is applied all the same, or told by the next turn. */
  const soon = (applying: Promise<void> | undefined) => within(clock, appliedWithinMs, applying)

  return {
    async tryModel(sessionId: string, model: string): Promise<{ takeBack(): void }> {
      const run = rooms.known(sessionId)?.run
      const before = (await sessions.get(sessionId))?.model ?? null
      const takeBack = () => run?.track(run.link?.setModel(before))
      try {
        await soon(run?.link?.setModel(model))
      } catch (error) {
        // Nor shall the next process start with what this one does not take.
        takeBack()
        if (error instanceof Refused) throw error
        throw new Refused('VALIDATION', `Claude does not take this model: ${error instanceof Error ? error.message : String(error)}`)
      }
      return { takeBack }
    },
    async modeChosen(sessionId: string, mode: PermissionMode): Promise<void> {
      await soon(rooms.known(sessionId)?.run.link?.setPermissionMode(mode)).catch((problem: unknown) => log.error('executions.mode_not_applied', { sessionId, problem }))
    },
  }
}
