// What everybody used, for whoever runs the relay: one range and one source at a time, seen from several sides; and the budgets.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { BudgetBody, Budgets, UsageReport, FoundPerson } from '#protocol'
import type { Outcome, Trouble } from '../connection/connection.ts'
import { createUsageRest, type UsageAsk } from '../connection/usage-rest.ts'
import { lastDays, readersZone, type Range } from './usage-range.ts'
import { useServices } from './use-services.ts'

type Source = 'all' | 'relay' | 'terminal'
/** The sides from which one range is seen. */
const SIDES = { days: 'day,model', users: 'user', sessions: 'session', workspaces: 'workspace', sources: 'source' } as const
export type UsageSide = keyof typeof SIDES
type Sides = Record<UsageSide, UsageReport>

export const useUsageStore = defineStore('usage', () => {
  const { rest, clock } = useServices()
  const usage = createUsageRest(rest)
  const range = ref<Range>(14)
  const source = ref<Source>('all')
  const sides = shallowRef<Sides | null>(null)
  const budgets = shallowRef<Budgets | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  let asked: AbortController | null = null

  const ask = (by?: string): UsageAsk => ({ ...lastDays(range.value, clock.now(), readersZone()), source: source.value, by })

  /** The latest choice counts: what was asked before it is called off. */
  async function load(): Promise<void> {
    asked?.abort()
    const mine = (asked = new AbortController())
    const names = Object.keys(SIDES) as UsageSide[]
    const answers = await Promise.all(names.map(async (name) => [name, await usage.report(ask(SIDES[name]), mine.signal)] as const))
    if (asked !== mine) return
    const failed = answers.find(([, answer]) => !answer.ok)?.[1]
    trouble.value = failed && !failed.ok ? failed.trouble : null
    if (!failed) sides.value = Object.fromEntries(answers.map(([name, answer]) => [name, answer.ok && answer.data])) as Sides
  }

  async function loadBudgets(): Promise<void> {
    const answer = await usage.budgets()
    if (answer.ok) budgets.value = answer.data
    else trouble.value = answer.trouble
  }

  async function after(outcome: Outcome<object>): Promise<Trouble | null> {
    await loadBudgets()
    return outcome.ok ? null : outcome.trouble
  }

  return {
    range,
    source,
    sides,
    budgets,
    trouble,
    load,
    loadBudgets,
    choose(chosen: { range?: Range; source?: Source }): Promise<void> {
      range.value = chosen.range ?? range.value
      source.value = chosen.source ?? source.value
      return load()
    },
    /** One side of what is chosen, as a file. */
    csv: (side: UsageSide) => usage.csv(ask(SIDES[side])),
    /** `userId` null: of everybody who has none of their own. Null when it went well. */
    setBudget: async (userId: string | null, budget: BudgetBody) => after(await usage.setBudget(userId, budget)),
    removeBudget: async (userId: string | null) => after(await usage.removeBudget(userId)),
    /** Of users who could be given a budget. */
    async people(q: string): Promise<FoundPerson[]> {
      const answer = await rest.people(q)
      return answer.ok ? answer.data.people : []
    },
  }
})
