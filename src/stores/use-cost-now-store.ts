// What Claude costs at present: by model over two weeks, and by person today. For the page of whoever watches the relay.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { UsageReport } from '#protocol'
import { createUsageRest } from '../connection/usage-rest.ts'
import { lastDays, readersZone } from './usage-range.ts'
import { useServices } from './use-services.ts'

export const COST_DAYS = 14

export const useCostNowStore = defineStore('cost-now', () => {
  const { rest, clock } = useServices()
  const usage = createUsageRest(rest)
  const days = shallowRef<UsageReport | null>(null)
  const today = shallowRef<UsageReport | null>(null)

  /** What cannot be asked for now stays as it was: the page says of itself when it is not up to date. */
  async function load(): Promise<void> {
    const of = (count: number, by: string) => usage.report({ ...lastDays(count, clock.now(), readersZone()), source: 'all', by })
    const [byDay, byUser] = await Promise.all([of(COST_DAYS, 'day,model'), of(1, 'user')])
    if (byDay.ok) days.value = byDay.data
    if (byUser.ok) today.value = byUser.data
  }

  return { days, today, load }
})
