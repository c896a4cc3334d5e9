// Whoever follows one execution alone hears nothing of its session's queue: that it is held, and that it is not any more, is told to it as well.
import type { Draft } from './draft.ts'
import { taskOf } from './execution-state.ts'
import { heldByOf, type Held, type LaneState } from './lane-state.ts'
import { pendingOf } from './turn-events.ts'

type Queued = Pick<LaneState, 'queue' | 'held'>

const isSame = (one: Held | null, other: Held | null): boolean => one?.reason === other?.reason && one?.userId === other?.userId

/** What waits after this change and is held in another way than before it. */
export function tellHolds(draft: Draft, before: Queued, after: Queued): void {
  if (before.held === null && after.held === null) return
  const waited = new Set(before.queue.filter(({ mode }) => mode === 'queue').map(({ executionId }) => executionId))
  for (const prompt of after.queue) {
    if (prompt.mode !== 'queue' || isSame(waited.has(prompt.executionId) ? before.held : null, after.held)) continue
    const pending = taskOf(pendingOf(draft.sessionId, prompt))
    draft.tell('task', { ...pending, ...(after.held && { held_by: heldByOf(after.held) }) }, prompt.executionId)
  }
}
