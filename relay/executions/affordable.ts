// What a day's budget means for turns: none begins for somebody who has spent it; what waits stays where it is, and others go past.
import { Refused } from '#protocol'
import type { Pending, Usage } from '../usage/usage.ts'
import type { Draft } from './draft.ts'
import type { Held } from './lane-state.ts'
import type { Waiting, WaitingList } from './queue.ts'

type Budgets = { budgets: Pick<Usage['budgets'], 'refusal'> }

export const heldByBudget: Held = { reason: 'budget', userId: null, username: null }

export const budgetSpent = (): Refused => new Refused('BUDGET', 'whoever waits here has used up the budget of this day')

/** In the lane, before anything is changed: also for a steer or the words of an answer, which are one more question to Claude. */
export async function refuseSpent({ budgets }: Budgets, userId: string): Promise<void> {
  const refused = await budgets.refusal(userId)
  if (refused) throw refused
}

/** What the relay wrote goes on with a turn that people have begun and answered: it is never in the way of a budget. */
export async function firstAffordable({ budgets }: Budgets, queue: WaitingList, pending?: Pending): Promise<Waiting | null> {
  const spent = new Map<string, boolean>()
  for (const each of queue) {
    if (each.role === 'relay') return each
    if (!spent.has(each.userId)) spent.set(each.userId, (await budgets.refusal(each.userId, pending)) !== null)
    if (!spent.get(each.userId)) return each
  }
  return null
}

/** Told where it happened, so that nobody is surprised by the refusal. */
export function tellCrossed(draft: Draft, executionId: string, username: string, { state, percent }: { state: 'near' | 'spent'; percent: number }): void {
  const text = state === 'near' ? `${username} has used ${percent} % of the budget of this day` : `${username} has used up the budget of this day`
  draft.log(`budget_${state}`, text, { args: { username, percent }, execution: executionId })
}
