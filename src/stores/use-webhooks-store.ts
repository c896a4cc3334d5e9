// What receivers of webhooks were told, as it was when it was last asked.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { DeliveryState, WebhookDelivery } from '#protocol'
import type { Trouble } from '../connection/connection.ts'
import { createWebhooksRest } from '../connection/webhooks-rest.ts'
import { useServices } from './use-services.ts'

const PAGE = 50
/** As many as one question may ask for; what is older is not asked for again. */
const MOST_FRESH = 200

export const useWebhooksStore = defineStore('webhooks', () => {
  const { rest } = useServices()
  const calls = createWebhooksRest(rest)
  /** Null: not known yet. */
  const rows = shallowRef<readonly WebhookDelivery[] | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const state = ref<DeliveryState | null>(null)
  const next = ref<string | null>(null)
  /** Of which a change is asked for. */
  const changing = ref<ReadonlySet<string>>(new Set())

  /** The first rows as they are now; a slower answer to an older question is dropped. */
  let asked = 0
  async function load(): Promise<void> {
    const mine = ++asked
    const shown = rows.value ?? []
    const answer = await calls.deliveries({ state: state.value, limit: Math.min(MOST_FRESH, Math.max(PAGE, shown.length)) })
    if (mine !== asked) return
    trouble.value = answer.ok ? null : answer.trouble
    if (!answer.ok) return
    const { deliveries } = answer.data
    const older = shown.length > MOST_FRESH ? shown.slice(shown.findIndex(({ delivery_id }) => delivery_id === deliveries.at(-1)?.delivery_id) + 1) : []
    rows.value = [...deliveries, ...older]
    if (older.length === 0) next.value = answer.data.next
  }

  async function choose(chosen: DeliveryState | null): Promise<void> {
    state.value = chosen
    rows.value = null
    await load()
  }

  async function more(): Promise<void> {
    const mine = ++asked
    const answer = await calls.deliveries({ state: state.value, limit: PAGE, cursor: next.value })
    if (mine !== asked) return
    trouble.value = answer.ok ? null : answer.trouble
    if (!answer.ok) return
    rows.value = [...(rows.value ?? []), ...answer.data.deliveries]
    next.value = answer.data.next
  }

  async function change(id: string, how: 'retry' | 'stop'): Promise<Trouble | null> {
    changing.value = new Set(changing.value).add(id)
    const answer = await calls[how](id)
    changing.value = new Set([...changing.value].filter((each) => each !== id))
    await load()
    return answer.ok ? null : answer.trouble
  }

  return { rows, trouble, state, next, changing, load, choose, more, retry: (id: string) => change(id, 'retry'), stop: (id: string) => change(id, 'stop') }
})
