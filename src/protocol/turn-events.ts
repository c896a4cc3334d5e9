// The data of kept events: what happens between a prompt and its end, in the order of its seq. Read by relay and browser alike.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, timestamp } from './ids.ts'

const text = z.string()
const count = z.number()
const json = z.unknown()
const ofExecution = { session_id: entityId, execution_id: entityId }

/** One content block of Claude's answer; `claude_response` and `thinking` share it. `stream: true` is a delta (never kept). */
export const block = z.object({
  ...ofExecution,
  message_id: text,
  parent_tool_use_id: optional(text),
  content: text,
  offset: optional(z.int().check(z.nonnegative())),
  stream: z.boolean(),
  completed: z.boolean(),
  interrupted: optional(z.boolean()),
  duration_ms: optional(count),
})

export const attachment = z.object({ file_id: entityId, filename: text, content_type: text, size: count })

/** A prompt or a note of a person, or a prompt the relay wrote (`continued after restart`). */
export const message = z.object({
  session_id: entityId,
  message_id: text,
  role: z.enum(['user', 'note', 'relay']),
  user_id: optional(entityId),
  username: text,
  content: text,
  attachments: z.array(attachment),
  execution_id: optional(entityId),
  steered: optional(z.boolean()),
})

export const todo = z.object({ id: optional(text), content: text, status: z.enum(['pending', 'in_progress', 'completed']), activeForm: optional(text) })

export const editInfo = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('edit'),
    file_path: text,
    old_string: text,
    new_string: text,
    replace_all: optional(z.boolean()),
    start_line: optional(count),
  }),
  z.object({ type: z.literal('write'), file_path: text, content: text }),
  z.object({ type: z.literal('todo'), todos: z.array(todo) }),
])

const modelShare = z.object({ model: text, cost_usd: count, input_tokens: count, output_tokens: count, cache_read_tokens: count, cache_write_tokens: count })

export const stats = z.object({
  duration_ms: count,
  duration_api_ms: count,
  ttft_ms: optional(count),
  cost_usd: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  num_turns: count,
  model: text,
  context_tokens: count,
  context_limit: count,
  models: optional(z.array(modelShare)),
})

export const cut = z.object({ bytes: count, url: text })

export const progress = z.object({
  progress_type: z.enum(['start', 'init', 'tool_start', 'tool_end', 'complete', 'error']),
  ...ofExecution,
  tool_use_id: optional(text),
  parent_tool_use_id: optional(text),
  tool: optional(text),
  detail: optional(text),
  input: z.optional(json),
  input_cut: optional(cut),
  output: z.optional(json),
  output_cut: optional(cut),
  is_error: optional(z.boolean()),
  edit_info: optional(editInfo),
  stats: optional(stats),
  duration_ms: optional(count),
})

/** A ready-made rule for "for this session" and "always": the tool and the CLI's rule text, as in `Bash(npm test:*)`. */
export const ruleSuggestion = z.object({ tool: text, content: optional(text) })
/** As the CLI writes it: `Tool` or `Tool(content)`. */
export const ruleText = ({ tool, content }: z.infer<typeof ruleSuggestion>): string => (content ? `${tool}(${content})` : tool)

export const permissionRequest = z.object({
  request_id: entityId,
  ...ofExecution,
  tool_use_id: text,
  parent_tool_use_id: optional(text),
  tool: text,
  input: json,
  title: optional(text),
  description: optional(text),
  kind: z.enum(['tool', 'question', 'plan']),
  suggestions: z.array(ruleSuggestion),
  default_to_no: optional(z.boolean()),
})

/** The same request, short, in `user:` of those who may answer. */
export const permissionRequestShort = z.object({ session_id: entityId, request_id: entityId, tool: text, title: text })

export const permissionResolved = z.object({
  request_id: entityId,
  ...ofExecution,
  tool_use_id: text,
  status: z.enum(['allowed', 'denied', 'withdrawn']),
  user_id: optional(entityId),
  username: optional(text),
  scope: optional(z.enum(['once', 'session', 'always'])),
  rule: optional(ruleSuggestion),
  message: optional(text),
  answers: z.optional(json),
  updated_input: z.optional(json),
})

/** What waits begins when somebody continues or prompts; with `budget` when there is one again. */
export const heldBy = z.object({ user_id: optional(entityId), username: optional(text), reason: z.enum(['person', 'crash', 'budget']) })

export const task = z.object({
  ...ofExecution,
  status: z.enum(['pending', 'running', 'completed', 'failed', 'interrupted', 'cancelled']),
  origin: z.enum(['prompt', 'background']),
  reason: optional(z.enum(['person', 'steer', 'relay_restart', 'process_died', 'stalled', 'budget'])),
  progress: z.number(),
  message_id: optional(text),
  user_id: optional(entityId),
  username: optional(text),
  started_at: optional(timestamp),
  ended_at: optional(timestamp),
  error: optional(z.object({ code: text, message: text })),
  /** It waits, and begins when somebody continues it, or its author may spend again. */
  held_by: optional(heldBy),
  /** Finds the turn in the relay's log, from the request to its end. */
  trace_id: optional(text),
  /** Those whose work goes on in this one. */
  continues: optional(z.array(entityId)),
})

/** What people should know that nobody said. `code` and `args` let the browser say it in its own language. */
export const log = z.object({
  session_id: entityId,
  execution_id: optional(entityId),
  level: z.enum(['info', 'warn', 'error']),
  source: z.enum(['claude', 'relay', 'hook']),
  text,
  code: optional(
    z.enum(['cleared', 'compacted', 'rewound', 'forked', 'model_changed', 'mode_changed', 'api_retry', 'stalled', 'process_stopped', 'continued', 'budget_near', 'budget_spent', 'imported', 'files_not_handed', 'other']),
  ),
  args: optional(z.record(z.string(), z.union([text, count, z.boolean()]))),
})

/** `role: relay`: the relay's own; its words come with its `message`. */
export const queuedPrompt = z.object({
  message_id: text,
  user_id: entityId,
  username: text,
  role: optional(z.literal('relay')),
  content: text,
  attachments: z.array(attachment),
  mode: z.enum(['queue', 'steer']),
  queued_at: timestamp,
})

/** The whole queue, every time it changes. */
export const queue = z.object({
  session_id: entityId,
  items: z.array(queuedPrompt),
  held_by: optional(heldBy),
})

export type Block = z.infer<typeof block>
export type Attachment = z.infer<typeof attachment>
export type Message = z.infer<typeof message>
export type Todo = z.infer<typeof todo>
export type EditInfo = z.infer<typeof editInfo>
export type Stats = z.infer<typeof stats>
export type Progress = z.infer<typeof progress>
export type RuleSuggestion = z.infer<typeof ruleSuggestion>
export type PermissionRequest = z.infer<typeof permissionRequest>
export type PermissionResolved = z.infer<typeof permissionResolved>
export type Task = z.infer<typeof task>
export type Log = z.infer<typeof log>
export type QueuedPrompt = z.infer<typeof queuedPrompt>
export type Queue = z.infer<typeof queue>
