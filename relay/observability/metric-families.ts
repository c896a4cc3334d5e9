// Every number that the relay tells a Prometheus, as one table: its kind, its sentence, its labels and its buckets.
export type Family = { type: 'counter' | 'gauge' | 'histogram'; help: string; labels?: readonly string[]; buckets?: readonly number[] }

/** Seconds. A delivery is meant to take a few milliseconds, so most bounds are there. */
const DELIVERY = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const REQUEST = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10]
/** What people or Claude take their time for. */
const PATIENT = [1, 5, 15, 30, 60, 300, 900, 3_600, 14_400]

/** Label values come from tables of ours (routes, codes, message types, states), never from what somebody sends. */
export const FAMILIES = {
  ensemble_build_info: { type: 'gauge', help: 'Which relay this is; always 1.', labels: ['version', 'protocol', 'runtime'] },
  ensemble_ready: { type: 'gauge', help: 'Whether /readyz says ready: 1 or 0.' },
  process_start_time_seconds: { type: 'gauge', help: 'When the relay was started, in seconds since 1970.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the relay itself, without Claude.' },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time of the relay itself, without Claude.' },
  ensemble_heap_used_bytes: { type: 'gauge', help: 'Memory in use on the heap of JavaScript.' },
  ensemble_disk_free_bytes: { type: 'gauge', help: 'Room left where the data folder lies.' },
  ensemble_event_loop_lag_seconds: { type: 'histogram', help: 'How late a timer of the relay fires.', buckets: QUICK },
  ensemble_event_loop_lag_max_seconds: { type: 'gauge', help: 'The latest that a timer has fired within the last ten seconds.' },

  ensemble_connections: { type: 'gauge', help: 'Open WebSocket connections.' },
  ensemble_connections_limit: { type: 'gauge', help: 'Most WebSocket connections at once.' },
  ensemble_members: { type: 'gauge', help: 'Subscriptions of all connections.' },
  ensemble_lanes: { type: 'gauge', help: 'Channels in use.' },
  ensemble_messages_total: { type: 'counter', help: 'Messages of sockets, by type and outcome: ok or the code of the refusal.', labels: ['type', 'outcome'] },
  ensemble_events_total: { type: 'counter', help: 'Events kept and told.' },
  ensemble_signals_total: { type: 'counter', help: 'Signals passed on.' },
  ensemble_deltas_total: { type: 'counter', help: 'Pieces of text passed on.' },
  ensemble_fanout_seconds: { type: 'histogram', help: 'From publish, over the commit and the window of a busy channel, to the hand-over to the sockets; a message that nobody hears does not count.', buckets: DELIVERY },
  ensemble_slow_readers_closed_total: { type: 'counter', help: 'Connections closed because they did not read.' },
  ensemble_resumes_total: { type: 'counter', help: 'Readers that came back by position: replayed, or told to load the state anew.', labels: ['outcome'] },
  ensemble_errors_total: { type: 'counter', help: 'Refusals and bugs that were answered, over sockets and requests, by code.', labels: ['code'] },

  ensemble_http_requests_total: { type: 'counter', help: 'Requests by route of the table and status.', labels: ['method', 'route', 'status'] },
  ensemble_http_request_seconds: { type: 'histogram', help: 'From request to response head, by route of the table.', labels: ['method', 'route'], buckets: REQUEST },
  ensemble_sign_ins_total: { type: 'counter', help: 'Attempts to sign in, by outcome: ok or the code of the refusal.', labels: ['outcome'] },
  ensemble_uploads_total: { type: 'counter', help: 'Uploads by how they ended: done, abandoned, expired or refused at their end.', labels: ['outcome'] },
  ensemble_uploads_open: { type: 'gauge', help: 'Uploads that were begun and are no files yet.' },
  ensemble_upload_bytes_total: { type: 'counter', help: 'Bytes of files taken.' },
  ensemble_upload_received_bytes_total: { type: 'counter', help: 'Bytes of uploads written, also of those that are no files yet or never will be.' },

  ensemble_commit_seconds: { type: 'histogram', help: 'From handing a group of batches to the writer until it is on disk.', buckets: QUICK },
  ensemble_commit_batches: { type: 'histogram', help: 'Batches in one group.', buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000] },
  ensemble_commit_waiting_batches: { type: 'gauge', help: 'Batches that wait for the writer.' },
  ensemble_commit_waiting_bytes: { type: 'gauge', help: 'Bytes that wait for the writer.' },
  ensemble_failed_commits_total: { type: 'counter', help: 'Commits of events that the storage could not make.' },
  ensemble_database_bytes: { type: 'gauge', help: 'Size of the database on disk: its file (main) and what was not written back to it so far (wal).', labels: ['part'] },

  ensemble_claude_processes: { type: 'gauge', help: 'Claude processes by state.', labels: ['state'] },
  ensemble_claude_processes_limit: { type: 'gauge', help: 'Most Claude processes at once.' },
  ensemble_claude_memory_bytes: { type: 'gauge', help: 'Memory of all Claude processes with what they have started; shared pages count each time.' },
  ensemble_claude_sessions_waiting: { type: 'gauge', help: 'Sessions that wait for a place for their process.' },
  ensemble_claude_process_ends_total: { type: 'counter', help: 'Claude processes that ended, by cause.', labels: ['cause'] },
  ensemble_claude_unknown_messages_total: { type: 'counter', help: 'Messages of the CLI that the relay does not know.' },
  ensemble_turns_total: { type: 'counter', help: 'Turns that ended, by outcome.', labels: ['outcome'] },
  ensemble_turn_seconds: { type: 'histogram', help: 'How long turns took, from their start to their end.', buckets: PATIENT },
  ensemble_turns_running: { type: 'gauge', help: 'Turns under way.' },
  ensemble_turns_recovered_total: { type: 'counter', help: 'Sessions whose turns, queues or questions an earlier run left open and this one settled.' },
  ensemble_prompts_waiting: { type: 'gauge', help: 'Prompts in the queues of sessions.' },
  ensemble_permissions_open: { type: 'gauge', help: 'Questions of Claude that wait for people.' },
  ensemble_permission_wait_seconds: { type: 'histogram', help: 'How long questions of Claude waited for their answer.', buckets: PATIENT },
  ensemble_cost_today_usd: { type: 'gauge', help: 'What turns that ended today cost, in US dollars; the day is that of the budgets.' },

  ensemble_execution_followers: { type: 'gauge', help: 'Who follows one execution: over server-sent events (sse) or a socket of its own (socket).', labels: ['over'] },
  ensemble_webhook_deliveries_total: { type: 'counter', help: 'Deliveries of webhooks that are over, by outcome: delivered, failed or stopped.', labels: ['outcome'] },
  ensemble_webhook_attempts_total: { type: 'counter', help: 'Attempts to deliver a webhook, by outcome: ok, status (another answer than was hoped for), or what was in the way.', labels: ['outcome'] },
  ensemble_webhooks_waiting: { type: 'gauge', help: 'Webhooks of executions that have ended, not delivered so far and to be tried again.' },
} as const satisfies Record<string, Family>

export type FamilyName = keyof typeof FAMILIES
type NamesOf<T extends Family['type']> = { [N in FamilyName]: (typeof FAMILIES)[N]['type'] extends T ? N : never }[FamilyName]
export type CounterName = NamesOf<'counter'>
export type HistogramName = NamesOf<'histogram'>
/** What is read when somebody asks. */
export type ReadName = NamesOf<'counter' | 'gauge'>
