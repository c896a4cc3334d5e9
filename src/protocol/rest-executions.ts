// The bodies of executions over REST: a prompt of a script, what became of it, and lists of that.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { claudeMessage, createSession } from './from-browser.ts'
import type { Position } from './channels.ts'
import { entityId, modelName, optional, optionalId, timestamp } from './ids.ts'
import { paging } from './paging.ts'
import { LIMITS } from './limits.ts'
import { heldBy, message, stats, task } from './turn-events.ts'
import { isShallow } from './shallow.ts'

/** Checked by pattern: names of tools reach the command line of the CLI, joined by commas. */
const toolName = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_.*-]{0,127}$/))

/** Whatever a script wants to find again with its execution. */
const metadata = z.record(z.string(), z.unknown()).check(
  z.refine((value) => isShallow(value, LIMITS.inputDepth) && new TextEncoder().encode(JSON.stringify(value)).length <= LIMITS.metadataBytes, `at most ${LIMITS.metadataBytes} bytes as JSON, ${LIMITS.inputDepth} levels deep`),
)

/** Where the end of an execution is to be told. */
export const webhookSpec = z.object({
  url: z.string().check(z.minLength(1), z.maxLength(2048)),
  secret: optional(z.string().check(z.minLength(1), z.maxLength(256))),
  events: optional(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(16))),
})

export const executeBody = z.object({
  workspace_id: optionalId,
  prompt: claudeMessage.shape.content,
  session_id: optionalId,
  system_prompt: createSession.shape.system_prompt,
  max_turns: optional(z.int().check(z.minimum(1), z.maximum(LIMITS.turns))),
  tools: optional(z.array(toolName).check(z.maxLength(LIMITS.tools))),
  model: optional(modelName),
  stream: optional(z.boolean()),
  metadata: optional(metadata),
  webhook: optional(webhookSpec),
})
export const executed = z.object({ execution_id: entityId, session_id: entityId, status: z.literal('started'), websocket_url: z.string(), webhook_secret: optional(z.string()), webhook_secret_shown: optional(z.literal(true)) })

const status = task.shape.status

/** As a list shows it: of a long prompt only the beginning. */
export const executionRow = z.object({
  execution_id: entityId,
  session_id: entityId,
  workspace_id: entityId,
  status,
  reason: task.shape.reason,
  origin: task.shape.origin,
  progress: z.number(),
  prompt: z.nullable(z.string()),
  message_id: optional(z.string()),
  user_id: optional(entityId),
  username: optional(z.string()),
  created_at: timestamp,
  started_at: z.nullable(timestamp),
  ended_at: z.nullable(timestamp),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  stats: z.nullable(stats),
  metadata: z.nullable(z.record(z.string(), z.unknown())),
  held_by: optional(heldBy),
  continued_by: z.nullable(entityId),
  continues: z.array(entityId),
})

/** `assistant`: one piece of Claude's answer, not what its subagents wrote. */
const said = z.object({ message_id: z.string(), role: z.enum([...message.shape.role.options, 'assistant']), content: z.string(), timestamp })

/** The same as a whole. */
export const execution = z.extend(executionRow, { seq: z.number(), messages: z.array(said), messages_cut: z.boolean(), result: z.nullable(z.string()) })

export const executionsQuery = z.object({
  session_id: optionalId,
  workspace_id: optionalId,
  status: optional(status),
  ...paging(200),
})
export const executionsPage = z.object({ executions: z.array(executionRow), next: z.nullable(z.string()) })

export const cancelled = z.object({ execution_id: entityId, status })

/** Of a followed event: `<epoch>.<seq>`. A seq alone, which says nothing of the log that it was told by, is taken to be of the present one. */
const EVENT_ID = /^(?:(?:([\w-]{1,64})\.)?(\d{1,15}))?$/

export const executionEventsQuery = z.object({ after: optional(z.string().check(z.regex(EVENT_ID, 'the id of the last event that you have, or its seq'))) })

export const eventIdOf = ({ epoch, seq }: Position): string => `${epoch}.${seq}`

/** Null when it is not the id of an event. */
export function readEventId(text: string): Reached | null {
  const [, epoch, seq] = EVENT_ID.exec(text) ?? []
  return seq === undefined ? null : { epoch: epoch ?? null, seq: Number(seq) }
}

/** Told to followers in the place of what they have: their events are of another log, what comes now begins with its first. It has no `seq`. */
export const followReset = z.object({ type: z.literal('reset'), channel: z.string(), data: z.object({ reason: z.literal('epoch'), epoch: z.string() }), timestamp })

/** How far a follower has come; without an epoch in the log that is there. */
export type Reached = { epoch: string | null; seq: number }
export type FollowReset = z.infer<typeof followReset>
export type ExecuteBody = z.infer<typeof executeBody>
export type Executed = z.infer<typeof executed>
export type WebhookSpec = z.infer<typeof webhookSpec>
export type ExecutionRow = z.infer<typeof executionRow>
export type ExecutionDetail = z.infer<typeof execution>
export type ExecutionsQuery = z.infer<typeof executionsQuery>
export type ExecutionsPage = z.infer<typeof executionsPage>
