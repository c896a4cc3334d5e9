// What scripts do with executions: begin one, look at it, follow it, cancel it, have it go on, hear of its end.
import type { Dependencies } from './dependencies.ts'
import { createCancel } from './cancel.ts'
import type { ChosenSettings } from './chosen-settings.ts'
import { createExecute } from './execute.ts'
import { createFollow } from './follow.ts'
import { createGoOn } from './go-on.ts'
import type { Rooms } from './rooms.ts'
import { createShownExecutions } from './shown-executions.ts'

export function createForScripts(deps: Dependencies & Pick<ChosenSettings, 'tryModel'>, rooms: Rooms, refuseWhileDraining: () => void) {
  const shown = createShownExecutions(deps)
  return {
    execute: createExecute(deps, rooms, refuseWhileDraining),
    cancel: createCancel(deps, rooms),
    goOn: createGoOn(deps, rooms, refuseWhileDraining),
    execution: shown.execution,
    list: shown.list,
    ...createFollow(deps, shown),
    /** Called right after the commit in which an execution ended; of one that ended while nobody listened the row tells. */
    onExecutionEnded: deps.ends.listen,
  }
}
