// Webhooks: what a receiver is sent at the end of an execution, and the log of deliveries over REST. The rules W tell the rest.
import * as z from 'zod/mini'
import { entityId, optional, optionalId, timestamp } from './ids.ts'
import { paging } from './paging.ts'
import { stats, task } from './turn-events.ts'

/** Each end of an execution is one of these. */
export const WEBHOOK_EVENTS = ['execution.completed', 'execution.failed', 'execution.interrupted', 'execution.cancelled'] as const
export const webhookEvent = z.enum(WEBHOOK_EVENTS)

/** The body of the request that a receiver gets, as JSON. `id` is the same at every attempt. */
export const webhookBody = z.object({
  id: entityId,
  type: webhookEvent,
  created_at: timestamp,
  execution_id: entityId,
  session_id: entityId,
  workspace_id: entityId,
  status: task.shape.status,
  reason: task.shape.reason,
  message_id: optional(z.string()),
  user_id: optional(entityId),
  username: optional(z.string()),
  execution_created_at: timestamp,
  started_at: z.nullable(timestamp),
  ended_at: z.nullable(timestamp),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  stats: z.nullable(stats),
  metadata: z.nullable(z.record(z.string(), z.unknown())),
})

/** waiting: the execution has not ended. pending: to be tried at `next_at`. failed: given up; stopped: by hand, or whoever asked may not read it any more. What is over can be sent again by hand. */
export const deliveryState = z.enum(['waiting', 'pending', 'delivered', 'failed', 'stopped'])

/**
 * Why the last attempt did not count. address: refused, it is not public · name: not found · connection: nobody there ·
 * tls: no certificate that can be trusted · timeout · answer: no HTTP · status: not 2xx ·
 * rights: not sent, whoever asked for it is no user any more or may not read the session ·
 * secret: not sent, the relay's own secret is another one than when it was asked for, so nothing can be signed.
 */
export const deliveryProblem = z.enum(['address', 'name', 'connection', 'tls', 'timeout', 'answer', 'status', 'rights', 'secret'])

/** `url` without its query, which may hold secrets; its path, which may be one, is `/…` but for whoever asked for it. `last_answer`: the beginning of what the receiver said. */
export const webhookDelivery = z.object({
  delivery_id: entityId,
  execution_id: entityId,
  session_id: entityId,
  user_id: entityId,
  username: z.string(),
  url: z.string(),
  state: deliveryState,
  type: z.nullable(webhookEvent),
  attempts: z.number(),
  created_at: timestamp,
  next_at: z.nullable(timestamp),
  last_at: z.nullable(timestamp),
  last_ms: z.nullable(z.number()),
  last_status: z.nullable(z.number()),
  last_problem: z.nullable(deliveryProblem),
  last_answer: z.nullable(z.string()),
  settled_at: z.nullable(timestamp),
})

/** Without `execution_id`: all of the relay, for admins. */
export const deliveriesQuery = z.object({
  execution_id: optionalId,
  state: optional(deliveryState),
  ...paging(200),
})
/** The latest first. */
export const deliveriesPage = z.object({ deliveries: z.array(webhookDelivery), next: z.nullable(z.string()) })

export type WebhookEvent = z.infer<typeof webhookEvent>
export type WebhookBody = z.infer<typeof webhookBody>
export type WebhookDelivery = z.infer<typeof webhookDelivery>
export type DeliveryState = z.infer<typeof deliveryState>
export type DeliveryProblem = z.infer<typeof deliveryProblem>
export type DeliveriesQuery = z.infer<typeof deliveriesQuery>
export type DeliveriesPage = z.infer<typeof deliveriesPage>
