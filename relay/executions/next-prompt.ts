// Which waiting prompt begins when nothing runs.
import { firstAffordable, heldByBudget } from './affordable.ts'
import type { Dependencies } from './dependencies.ts'
import { isBusy } from './lane-state.ts'
import type { Beginnings } from './turn-endings.ts'
import { beginTurn, holdQueue } from './turn-events.ts'

export function createNextPrompt({ clock, usage }: Pick<Dependencies, 'clock' | 'usage'>, isDraining: () => boolean): Beginnings['next'] {
  return async (draft, state, { evenHeld = false, pending } = {}) => {
    if (state.queue.length === 0 || isBusy(state) || isDraining() || (state.held && !evenHeld)) return { next: {}, begins: null }
    const first = await firstAffordable(usage, state.queue, pending)
    if (!first) return { next: { held: holdQueue(draft, state, heldByBudget).held }, begins: null }
    return { next: beginTurn(draft, state, first, clock.now()), begins: first }
  }
}
