// REST of what Claude used, and of what people may cost in a day.
import { rest as bodies, type BudgetBody, type Budgets, type OwnBudget, type UsageReport } from '#protocol'
import type { Query } from './api-routes.ts'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

export type UsageAsk = Query<'GET', 'usage'>

export type UsageRest = {
  report(ask: UsageAsk, signal?: AbortSignal): Promise<Outcome<UsageReport>>
  /** The same report as a file. */
  csv(ask: UsageAsk): Promise<Outcome<Blob>>
  /** Where one stands oneself today. */
  ownBudget(): Promise<Outcome<OwnBudget>>
  budgets(): Promise<Outcome<Budgets>>
  /** `userId` null: of everybody who has none of their own. */
  setBudget(userId: string | null, budget: BudgetBody): Promise<Outcome<object>>
  removeBudget(userId: string | null): Promise<Outcome<object>>
}

const budget = (userId: string | null) => `budgets/${encodeURIComponent(userId ?? 'default')}` as const

export const createUsageRest = ({ get, change, blob }: RestCalls): UsageRest => ({
  report: (ask, signal) => get('usage', bodies.usageReport, ask, signal),
  csv: (ask) => blob('usage.csv', ask),
  ownBudget: () => get('usage/budget', bodies.ownBudget),
  budgets: () => get('budgets', bodies.budgets),
  setBudget: (userId, body) => change('PUT', budget(userId), bodies.ok, { body }),
  removeBudget: (userId) => change('DELETE', budget(userId), bodies.ok),
})
