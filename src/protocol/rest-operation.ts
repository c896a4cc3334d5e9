// What whoever runs the relay reads: is it ready, how is it doing, which processes and sessions are there.
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
/** `identity_provider`: people of one may come through its own page (C10). */
export const health = z.object({ status: z.literal('ok'), epoch: z.string(), identity_provider: optional(z.literal(true)) })
export const readinessReason = z.object({ code: z.enum(READINESS_CODES), message: z.string() })
/** For admins: `reasons`, empty while it is ready; `warnings`, what is wrong though it serves. */
export const readiness = z.object({ status: z.enum(['ready', 'not_ready']), reasons: optional(z.array(readinessReason)), warnings: optional(z.array(readinessReason)) })

/** `waiting`: people are asked · `spare`: started ahead, used by nobody. */
export const PROCESS_STATES = ['waiting', 'starting', 'ready', 'working', 'ending', 'spare'] as const
export const claudeProcess = z.object({
  id: entityId,
  state: z.enum(PROCESS_STATES),
  /** Absent: a spare one. */
  session: optional(z.object({ id: entityId, title: z.string(), workspace: z.string(), owner: z.object({ id: entityId, name: z.string() }) })),
  /** Of the process with all that it has started; shared pages count each time. Absent where it cannot be read. */
  memory_bytes: optional(z.number()),
  /** Of one core, since the last look; absent at the first. */
  cpu_percent: optional(z.number()),
  started_at: timestamp,
  /** For how long it has had nothing to do. */
  idle_ms: optional(z.number()),
})

/** Columns of equal length, oldest first: one value for each `every_ms`, the last one ends at `until`. */
export const statsHistory = z.object({
  every_ms: z.number(),
  until: timestamp,
  connections: z.array(z.number()),
  messages_per_second: z.array(z.number()),
  /** Milliseconds; null where nothing was delivered. */
  delivery_p99_ms: z.array(z.nullable(z.number())),
  claude_memory_bytes: z.array(z.number()),
  /** How many in each span. */
  errors: z.array(z.number()),
  /** Milliseconds; null where nothing was kept. */
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
  /** `people`: whose they are, at most 50, the most sockets first; `others`: how many people more. `by_link`: sockets of share links' readers. */
  connections: z.object({
    open: z.number(),
    limit: z.number(),
    people: z.array(z.object({ id: entityId, name: z.string(), sockets: z.number() })),
    others: z.number(),
    by_link: z.number(),
  }),
  /** Per second, over the last ten seconds. `messages`: handed to sockets' channels and taken from sockets. */
  rates: z.object({ messages: z.number(), messages_peak: z.number(), requests: z.number() }),
  /** Over the last ten seconds, from publish to the hand-over to the sockets; null when nothing was delivered. */
  delivery: z.object({ p50_ms: z.nullable(z.number()), p99_ms: z.nullable(z.number()), count: z.number() }),
  /** `p99_ms`: over the last ten seconds, null when nothing was kept. `waiting_*`: what the writer has before it now. */
  commits: z.object({ p99_ms: z.nullable(z.number()), waiting_batches: z.number(), waiting_bytes: z.number() }),
  event_loop_lag_ms: z.number(),
  /** What was refused or failed in the last ten minutes, over sockets and requests, the most frequent first. */
  errors: z.array(z.object({ code: z.string(), count: z.number() })),
  /** What sockets sent in the last ten minutes: the most frequent types, at most eight. */
  messages_by_type: z.array(z.object({ type: z.string(), count: z.number() })),
  /** Files taken in the last ten minutes. */
  uploads: z.object({ count: z.number(), bytes: z.number() }),
  turns: z.object({ running: z.number(), waiting: z.number(), asked: z.number() }),
  /** Who follows single executions, over server-sent events or a socket for it. */
  followers: z.object({ sse: z.number(), socket: z.number() }),
  /** What turns that ended on this day of the budgets have cost, in millionths of a US dollar; a few seconds old. */
  cost_today: z.object({ day: z.string(), micros: z.number() }),
  /** `waiting`: of executions that have ended, to be sent now or later; a few seconds old. */
  webhooks: z.object({ waiting: z.number() }),
  /** On disk: the file, and what was not written back to it so far; a few seconds old. */
  database: z.object({ bytes: z.number(), wal_bytes: z.number() }),
  relay: z.object({ memory_bytes: z.number(), heap_bytes: z.number() }),
  claude: z.object({ memory_bytes: z.number(), limit: z.number(), spares: z.number(), sessions_waiting: z.number(), processes: z.array(claudeProcess) }),
  history: statsHistory,
})

export const sessionsOverviewQuery = z.object({
  /** In titles and owners' names. */
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
  /** How many events its log holds. */
  events: z.number(),
  /** The process of Claude that lives for it. */
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
