// What one has used oneself in the last two weeks, and what is left of today's budget.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { OwnBudget, UsageReport } from '#protocol'
import type { Trouble } from '../connection/connection.ts'
import { createUsageRest } from '../connection/usage-rest.ts'
import { lastDays, readersZone } from './usage-range.ts'
import { useAccountStore } from './use-account-store.ts'
import { useServices } from './use-services.ts'

const DAYS = 14

export const useOwnUsageStore = defineStore('own-usage', () => {
  const { rest, clock } = useServices()
  const account = useAccountStore()
  const usage = createUsageRest(rest)
  const report = shallowRef<UsageReport | null>(null)
  const budget = shallowRef<OwnBudget | null>(null)
  const trouble = shallowRef<Trouble | null>(null)

  async function load(): Promise<void> {
    const [days, today] = await Promise.all([
      usage.report({ ...lastDays(DAYS, clock.now(), readersZone()), by: 'day', source: 'relay', user_id: account.user?.id ?? '' }),
      usage.ownBudget(),
    ])
    const failed = [days, today].find((answer) => !answer.ok)
    trouble.value = failed && !failed.ok ? failed.trouble : null
    if (days.ok) report.value = days.data
    if (today.ok) budget.value = today.data
  }

  return { report, budget, trouble, load }
})
