// Stop: shown as under way until the turn is over.
import { ref, type ShallowRef } from 'vue'
import type { Timeline } from '../timeline/timeline.ts'
import type { SessionActions } from './session-actions.ts'

export function createStopping(timeline: Readonly<ShallowRef<Timeline>>, actions: Pick<SessionActions, 'interrupt'>) {
  const stoppingId = ref<string | null>(null)

  return {
    stoppingId,
    /** Null when nothing runs. */
    async interrupt() {
      const executionId = timeline.value.runningId
      if (executionId === null) return null
      stoppingId.value = executionId
      const outcome = await actions.interrupt(executionId)
      if (!outcome.ok && stoppingId.value === executionId) stoppingId.value = null
      return outcome
    },
    /** After each change of the timeline. */
    look(): void {
      if (stoppingId.value !== null && timeline.value.runningId !== stoppingId.value) stoppingId.value = null
    },
  }
}
