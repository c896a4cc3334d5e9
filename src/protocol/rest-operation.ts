// What whoever runs the relay reads: is it ready, how is it doing, which processes and sessions are there.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, optionalId, timestamp, visibility } from './ids.ts'
import { paging } from './paging.ts'
import { session } from './session-events.ts'

/** What can be wrong with the relay. */
export const READINESS_CODES = [
  'draining',
  'storage_lost',
  'storage_locked',
  'storage_full',
  'storage_slow',
  'writer_behind',
  'disk_nearly_full',
  'files_store_away',
  'claude_missing',
  'claude_unknown',
  'claude_no_credentials',
  'event_loop_slow',
] as const
/** That the process answers; `epoch` of the log it keeps: whoever was signed in under another one was signed out with it. */
export const health = z.object({ status: z.literal('ok'), epoch: z.string(), identity_provider: optional(z.literal(true)) })
export const readinessReason = z.object({ code: z.enum(READINESS_CODES), message: z.string() })
export const readiness = z.object({ status: z.enum(['ready', 'not_ready']), reasons: optional(z.array(readinessReason)), warnings: optional(z.array(readinessReason)) })

export const PROCESS_STATES = ['waiting', 'starting', 'ready', 'working', 'ending', 'spare'] as const
export const claudeProcess = z.object({
  id: entityId,
  state: z.enum(PROCESS_STATES),
  session: optional(z.object({ id: entityId, title: z.string(), workspace: z.string(), owner: z.object({ id: entityId, name: z.string() }) })),
  memory_bytes: optional(z.number()),
  cpu_percent: optional(z.number()),
  started_at: timestamp,
  idle_ms: optional(z.number()),
})

/** Columns of equal length, oldest first: one value for each `every_ms`, the last one ends at `until`. */
export const statsHistory = z.object({
  every_ms: z.number(),
  until: timestamp,
  connections: z.array(z.number()),
  messages_per_second: z.array(z.number()),
  delivery_p99_ms: z.array(z.nullable(z.number())),
  claude_memory_bytes: z.array(z.number()),
  errors: z.array(z.number()),
  commit_p99_ms: z.array(z.nullable(z.number())),
  event_loop_lag_ms: z.array(z.number()),
  relay_memory_bytes: z.array(z.number()),
})

export const relayStats = z.object({
  at: timestamp,
  started_at: timestamp,
  version: z.string(),
  host_name: z.string(),
  readiness,
  connections: z.object({
    open: z.number(),
    limit: z.number(),
    people: z.array(z.object({ id: entityId, name: z.string(), sockets: z.number() })),
    others: z.number(),
    by_link: z.number(),
  }),
  rates: z.object({ messages: z.number(), messages_peak: z.number(), requests: z.number() }),
  delivery: z.object({ p50_ms: z.nullable(z.number()), p99_ms: z.nullable(z.number()), count: z.number() }),
  commits: z.object({ p99_ms: z.nullable(z.number()), waiting_batches: z.number(), waiting_bytes: z.number() }),
  event_loop_lag_ms: z.number(),
  errors: z.array(z.object({ code: z.string(), count: z.number() })),
  messages_by_type: z.array(z.object({ type: z.string(), count: z.number() })),
  uploads: z.object({ count: z.number(), bytes: z.number() }),
  turns: z.object({ running: z.number(), waiting: z.number(), asked: z.number() }),
  followers: z.object({ sse: z.number(), socket: z.number() }),
  cost_today: z.object({ day: z.string(), micros: z.number() }),
  webhooks: z.object({ waiting: z.number() }),
  database: z.object({ bytes: z.number(), wal_bytes: z.number() }),
  relay: z.object({ memory_bytes: z.number(), heap_bytes: z.number() }),
  claude: z.object({ memory_bytes: z.number(), limit: z.number(), spares: z.number(), sessions_waiting: z.number(), processes: z.array(claudeProcess) }),
  history: statsHistory,
})

export const sessionsOverviewQuery = z.object({
  q: optional(z.string().check(z.maxLength(200))),
  state: optional(session.shape.state),
  workspace_id: optionalId,
  owner_id: optionalId,
  archived: optional(z.enum(['true', 'false'])),
  ...paging(200),
})
export const sessionOverview = z.object({
  id: entityId,
  title: z.string(),
  state: session.shape.state,
  visibility,
  owner: z.object({ id: entityId, name: z.string() }),
  workspace: z.object({ id: entityId, name: z.string() }),
  created_at: timestamp,
  updated_at: timestamp,
  archived: z.boolean(),
  events: z.number(),
  process_id: optional(entityId),
})
export const sessionsOverview = z.object({ sessions: z.array(sessionOverview), total: z.number(), next: z.nullable(z.string()) })

export type Health = z.infer<typeof health>
export type Readiness = z.infer<typeof readiness>
export type ReadinessReason = z.infer<typeof readinessReason>
export type ReadinessCode = ReadinessReason['code']
export type ClaudeProcessInfo = z.infer<typeof claudeProcess>
export type StatsHistory = z.infer<typeof statsHistory>
export type RelayStats = z.infer<typeof relayStats>
export type SessionOverview = z.infer<typeof sessionOverview>
export type SessionsOverview = z.infer<typeof sessionsOverview>
export type SessionsOverviewQuery = z.infer<typeof sessionsOverviewQuery>
