// Model and mode that a person chooses, told to the process that runs. The row, from which every later one starts, is changed by sessions, and back here when Claude refuses late.
import { Refused, type PermissionMode } from '#protocol'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import type { Rooms } from './rooms.ts'
import type { SessionRun } from './session-run.ts'
import { within } from './within.ts'

/** The CLI asks the API whether it knows a model; people do not wait longer than this for the answer. */
const appliedWithinMs = 5_000

export type ChosenSettings = ReturnType<typeof createChosenSettings>

export function createChosenSettings({ clock, log, sessions }: Pick<Dependencies, 'clock' | 'log' | 'sessions'>, rooms: Rooms) {
  /** People were told that it holds: the row and the next process shall not keep what this one has refused since. */
  async function refusedLate(run: SessionRun, model: string, before: string | null, takeBack: () => void): Promise<void> {
    await run.lane(async () => {
      // A process that has gone meanwhile said nothing of the model, and somebody may have chosen another one.
      const isAnswer = run.link && ['ready', 'working'].includes(run.link.state)
      if (!isAnswer || (await sessions.get(run.sessionId))?.model !== model) return
      takeBack()
      await run.keep(createDraft(run.sessionId).log('other', `Claude does not take the model ${model}: the one before holds again.`, { level: 'warn' }), {}, { model: before })
    })
  }

  /** What comes later than that is applied all the same, told by the next turn, or refused late. */
  const soon = (applying: Promise<void> | undefined) => within(clock, appliedWithinMs, applying)

  return {
    async tryModel(sessionId: string, model: string): Promise<{ takeBack(): void }> {
      const run = rooms.known(sessionId)?.run
      const before = (await sessions.get(sessionId))?.model ?? null
      const takeBack = () => run?.track(run.link?.setModel(before))
      const applying = run?.link?.setModel(model)
      try {
        await soon(applying)
      } catch (error) {
        // Nor shall the next process start with what this one does not take.
        takeBack()
        if (error instanceof Refused) throw error
        throw new Refused('VALIDATION', `Claude does not take this model: ${error instanceof Error ? error.message : String(error)}`)
      }
      if (run) applying?.catch((problem: unknown) => {
        log.warn('executions.model_refused_late', { sessionId, model, problem })
        run.track(refusedLate(run, model, before, takeBack))
      })
      return { takeBack }
    },
    async modeChosen(sessionId: string, mode: PermissionMode): Promise<void> {
      await soon(rooms.known(sessionId)?.run.link?.setPermissionMode(mode)).catch((problem: unknown) => log.error('executions.mode_not_applied', { sessionId, problem }))
    },
  }
}
