// REST of the log of webhooks.
import { rest as bodies, type DeliveriesPage, type DeliveryState } from '#protocol'
import type { Outcome } from './outcome.ts'
import type { RestCalls } from './rest.ts'

export type WebhooksRest = {
  /** Of all executions, the latest first. */
  deliveries(query: { state: DeliveryState | null; limit: number; cursor?: string | null }): Promise<Outcome<DeliveriesPage>>
  /** Sends it again, at once. */
  retry(id: string): Promise<Outcome<object>>
  /** Nothing more is sent of it. */
  stop(id: string): Promise<Outcome<object>>
}

export const createWebhooksRest = ({ get, change }: Pick<RestCalls, 'get' | 'change'>): WebhooksRest => ({
  deliveries: (query) => get('webhooks/deliveries', bodies.deliveriesPage, query),
  retry: (id) => change('POST', `webhooks/deliveries/${encodeURIComponent(id)}/retry`, bodies.ok),
  stop: (id) => change('DELETE', `webhooks/deliveries/${encodeURIComponent(id)}`, bodies.ok),
})
