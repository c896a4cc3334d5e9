// Webhooks: what a receiver is sent at the end of an execution, and the log of deliveries over REST. The rules W tell the rest.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, optionalId, timestamp } from './ids.ts'
import { paging } from './paging.ts'
import { stats, task } from './turn-events.ts'

/** Each end of an execution is one of these. */
export const WEBHOOK_EVENTS = ['execution.completed', 'execution.failed', 'execution.interrupted', 'execution.cancelled'] as const
export const webhookEvent = z.enum(WEBHOOK_EVENTS)

/** The body of the request that a receiver gets, as JSON. */
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
  continues: task.shape.continues,
})

export const deliveryState = z.enum(['waiting', 'pending', 'delivered', 'failed', 'stopped'])

export const deliveryProblem = z.enum(['address', 'name', 'connection', 'tls', 'timeout', 'answer', 'status', 'rights', 'secret'])

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
export const deliveriesPage = z.object({ deliveries: z.array(webhookDelivery), next: z.nullable(z.string()) })

export type WebhookEvent = z.infer<typeof webhookEvent>
export type WebhookBody = z.infer<typeof webhookBody>
export type WebhookDelivery = z.infer<typeof webhookDelivery>
export type DeliveryState = z.infer<typeof deliveryState>
export type DeliveryProblem = z.infer<typeof deliveryProblem>
export type DeliveriesQuery = z.infer<typeof deliveriesQuery>
export type DeliveriesPage = z.infer<typeof deliveriesPage>
