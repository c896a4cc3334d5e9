// REST v1 as openapi.json describes it. Made by `npm run api`, never by hand; a test makes it anew and compares.

type Schemas = {
  ApiToken: { id: string; name: string; scopes: ('read' | 'run' | 'files' | 'approve' | 'metrics' | 'admin')[]; ending: string; user_id: string; username: string; created_at: number; expires_at: number; used_at: number | null }
  ApiTokens: { tokens: Schemas['ApiToken'][]; total: number; next: string | null }
  Archive: { url: string; expires_at: number; filename: string; size: number; files: number }
  ArchiveBody: { session_id: string; folder?: string | null | undefined; file_ids?: string[] | null | undefined }
  AuditEntry: { id: number; at: number; user_id: string | null; username: string; action: string; session_id: string | null; session_title: string | null; session_title_then: string | null; target: { id: string; name: string } | null; detail: Record<string, unknown>; address: string | null; hop: string | null; agent: string | null; as_admin: boolean }
  AuditPage: { entries: Schemas['AuditEntry'][]; next: string | null }
  Block: { session_id: string; execution_id: string; message_id: string; parent_tool_use_id?: string | null | undefined; content: string; offset?: number | null | undefined; stream: boolean; completed: boolean; interrupted?: boolean | null | undefined; duration_ms?: number | null | undefined }
  Budget: { user_id: string | null; username: string | null; limit_micros: number | null; warn_percent: number; spent_micros: number | null; own: boolean }
  BudgetBody: { limit_micros: number | null; warn_percent?: number | null | undefined }
  Budgets: { day: string; tz: string; resets_at: number; budgets: Schemas['Budget'][]; cut: boolean }
  Cancelled: { execution_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled' }
  ClaudeProcess: { id: string; state: 'waiting' | 'starting' | 'ready' | 'working' | 'ending' | 'spare'; session?: { id: string; title: string; workspace: string; owner: { id: string; name: string } } | null | undefined; memory_bytes?: number | null | undefined; cpu_percent?: number | null | undefined; started_at: number; idle_ms?: number | null | undefined }
  Context: { usage?: Schemas['ContextUsage'] | null | undefined }
  ContextUsage: { system: number; mcp: number; messages: number; limit: number }
  CreateSession: { workspace_id?: string | '' | null | undefined; title?: string | null | undefined; model?: string | null | undefined; permission_mode?: 'default' | 'plan' | 'acceptEdits' | 'bypassPermissions' | 'auto' | 'dontAsk' | null | undefined; system_prompt?: string | null | undefined; visibility?: 'workspace' | 'private' | null | undefined }
  Cut: { bytes: number; url: string }
  DeliveriesPage: { deliveries: Schemas['WebhookDelivery'][]; next: string | null }
  DeliveryProblem: 'address' | 'name' | 'connection' | 'tls' | 'timeout' | 'answer' | 'status' | 'rights' | 'secret'
  DeliveryState: 'waiting' | 'pending' | 'delivered' | 'failed' | 'stopped'
  DeviceLink: { link: string; expires_at: number }
  EditInfo: { type: 'edit'; file_path: string; old_string: string; new_string: string; replace_all?: boolean | null | undefined; start_line?: number | null | undefined } | { type: 'write'; file_path: string; content: string } | { type: 'todo'; todos: Schemas['Todo'][] }
  EnterBody: { link: string; secret: string }
  Entered: { access_token: string; expires_at: number; session_id: string; link_expires_at: number }
  Error: { code: 'BAD_FRAME' | 'VALIDATION' | 'UNAUTHORIZED' | 'BUDGET' | 'FORBIDDEN' | 'NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'CONFLICT' | 'ID_REUSED' | 'GONE' | 'TOO_LARGE' | 'UNSUPPORTED_TYPE' | 'MISDIRECTED' | 'RATE_LIMITED' | 'INTERNAL_ERROR' | 'BUSY' | 'DRAINING' | 'CLAUDE_UNAVAILABLE'; message: string; details?: unknown | undefined; retry_after_ms?: number | null | undefined; trace_id: string; timestamp: number }
  EventsPage: { events: Schemas['KeptEvent'][]; epoch: string; top: number }
  ExecuteBody: { workspace_id?: string | '' | null | undefined; prompt: string; session_id?: string | '' | null | undefined; system_prompt?: string | null | undefined; max_turns?: number | null | undefined; tools?: string[] | null | undefined; model?: string | null | undefined; stream?: boolean | null | undefined; metadata?: Record<string, unknown> | null | undefined; webhook?: Schemas['WebhookSpec'] | null | undefined }
  Executed: { execution_id: string; session_id: string; status: 'started'; websocket_url: string; webhook_secret?: string | null | undefined; webhook_secret_shown?: true | null | undefined }
  Execution: { execution_id: string; session_id: string; workspace_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled'; reason?: 'person' | 'steer' | 'relay_restart' | 'process_died' | 'stalled' | 'budget' | null | undefined; origin: 'prompt' | 'background'; progress: number; prompt: string | null; message_id?: string | null | undefined; user_id?: string | null | undefined; username?: string | null | undefined; created_at: number; started_at: number | null; ended_at: number | null; error: { code: string; message: string } | null; stats: Schemas['Stats'] | null; metadata: Record<string, unknown> | null; held_by?: Schemas['HeldBy'] | null | undefined; continued_by: string | null; continues: string[]; seq: number; messages: ({ message_id: string; role: 'user' | 'note' | 'relay' | 'assistant'; content: string; timestamp: number })[]; messages_cut: boolean; result: string | null }
  ExecutionRow: { execution_id: string; session_id: string; workspace_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled'; reason?: 'person' | 'steer' | 'relay_restart' | 'process_died' | 'stalled' | 'budget' | null | undefined; origin: 'prompt' | 'background'; progress: number; prompt: string | null; message_id?: string | null | undefined; user_id?: string | null | undefined; username?: string | null | undefined; created_at: number; started_at: number | null; ended_at: number | null; error: { code: string; message: string } | null; stats: Schemas['Stats'] | null; metadata: Record<string, unknown> | null; held_by?: Schemas['HeldBy'] | null | undefined; continued_by: string | null; continues: string[] }
  ExecutionsPage: { executions: Schemas['ExecutionRow'][]; next: string | null }
  FileDeleted: { file_id: string; session_id?: string | null | undefined; user_id: string }
  FileShared: { file_id: string; session_id?: string | null | undefined; filename: string; folder?: string | null | undefined; content_type: string; size: number; user_id: string; username?: string | null | undefined; created_at?: number | null | undefined }
  FileTicket: { url: string; expires_at: number }
  FilesPage: { files: Schemas['FileShared'][]; next: string | null }
  Finished: { session_id: string; execution_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled' }
  Folders: { path: string | null; parent: string | null; folders: { name: string; path: string; usable: boolean }[]; truncated: boolean }
  FollowReset: { type: 'reset'; channel: string; data: { reason: 'epoch'; epoch: string }; timestamp: number }
  FoundPerson: { id: string; name: string; role?: 'admin' | 'user' | 'viewer' | null | undefined }
  Health: { status: 'ok'; epoch: string; identity_provider?: true | null | undefined }
  HeldBy: { user_id?: string | null | undefined; username?: string | null | undefined; reason: 'person' | 'crash' | 'budget' }
  Imported: { session_id: string }
  KeptEvent: { type: 'message'; channel: string; seq: number; data: Schemas['Message']; timestamp: number } | { type: 'claude_response'; channel: string; seq: number; data: Schemas['Block']; timestamp: number } | { type: 'thinking'; channel: string; seq: number; data: Schemas['Block']; timestamp: number } | { type: 'progress'; channel: string; seq: number; data: Schemas['Progress']; timestamp: number } | { type: 'permission_request'; channel: string; seq: number; data: Schemas['PermissionRequestEvent']; timestamp: number } | { type: 'permission_resolved'; channel: string; seq: number; data: Schemas['PermissionResolved']; timestamp: number } | { type: 'task'; channel: string; seq: number; data: Schemas['Task']; timestamp: number } | { type: 'log'; channel: string; seq: number; data: Schemas['Log']; timestamp: number } | { type: 'queue'; channel: string; seq: number; data: Schemas['Queue']; timestamp: number } | { type: 'session'; channel: string; seq: number; data: Schemas['Session']; timestamp: number } | { type: 'participant_joined'; channel: string; seq: number; data: Schemas['Participant']; timestamp: number } | { type: 'participant_left'; channel: string; seq: number; data: Schemas['ParticipantLeft']; timestamp: number } | { type: 'file_uploaded'; channel: string; seq: number; data: Schemas['FileShared']; timestamp: number } | { type: 'file_shared'; channel: string; seq: number; data: Schemas['FileShared']; timestamp: number } | { type: 'file_deleted'; channel: string; seq: number; data: Schemas['FileDeleted']; timestamp: number } | { type: 'session_created'; channel: string; seq: number; data: Schemas['SessionCreated']; timestamp: number } | { type: 'mention'; channel: string; seq: number; data: Schemas['Mention']; timestamp: number } | { type: 'finished'; channel: string; seq: number; data: Schemas['Finished']; timestamp: number } | { type: 'workspace'; channel: string; seq: number; data: Schemas['WorkspaceChanged']; timestamp: number } | { type: 'status'; channel: string; seq: number; data: Schemas['RelayStatus']; timestamp: number }
  LinkBody: { expires_in: '1h' | '1d' | '7d' | '30d' }
  Log: { session_id: string; execution_id?: string | null | undefined; level: 'info' | 'warn' | 'error'; source: 'claude' | 'relay' | 'hook'; text: string; code?: 'cleared' | 'compacted' | 'rewound' | 'forked' | 'model_changed' | 'mode_changed' | 'api_retry' | 'stalled' | 'process_stopped' | 'continued' | 'budget_near' | 'budget_spent' | 'imported' | 'files_not_handed' | 'other' | null | undefined; args?: Record<string, string | number | boolean> | null | undefined }
  LoginBody: { username: string; password: string } | { code: string; user_id?: string | null | undefined } | { token: string; user_id?: string | null | undefined }
  MadeToken: { id: string; name: string; scopes: ('read' | 'run' | 'files' | 'approve' | 'metrics' | 'admin')[]; ending: string; user_id: string; username: string; created_at: number; expires_at: number; used_at: number | null; token: string }
  MadeUser: { id: string; link: string | null; expires_at: number | null }
  Me: { user: Schemas['UserCard']; relay: { version: string; protocol: number; epoch: string; host_name: string; demo: boolean; sandbox: 'bwrap' | 'off'; allow_bypass: boolean; claude: { found: boolean; version?: string | null | undefined; credentials: 'key' | 'login' | 'cloud' | 'none' }; default_workspace_id: string } }
  Mention: { session_id: string; message_id: string; user_id: string; username?: string | null | undefined }
  Message: { session_id: string; message_id: string; role: 'user' | 'note' | 'relay'; user_id?: string | null | undefined; username: string; content: string; attachments: Schemas['Uploaded'][]; execution_id?: string | null | undefined; steered?: boolean | null | undefined }
  NewLink: { link_id: string; url: string; expires_at: number }
  Offers: { commands: ({ name: string; description: string; argument_hint?: string | null | undefined })[]; models: ({ value: string; name: string; description?: string | null | undefined })[] }
  Ok: object
  OwnBudget: { state: 'free' | 'within' | 'near' | 'spent'; limit_micros: number | null; spent_micros: number; warn_percent: number; day: string; tz: string; resets_at: number }
  Participant: { session_id: string; user_id: string; username: string; role: 'owner' | 'collaborator' | 'viewer'; hue: number; joined_at: number }
  ParticipantLeft: { session_id: string; user_id: string; username: string; removed_by?: string | null | undefined }
  PasswordBody: { old?: string | null | undefined; new: string }
  People: { people: Schemas['FoundPerson'][] }
  PermissionRequest: { request_id: string; session_id: string; execution_id: string; tool_use_id: string; parent_tool_use_id?: string | null | undefined; tool: string; input: unknown; title?: string | null | undefined; description?: string | null | undefined; kind: 'tool' | 'question' | 'plan'; suggestions: Schemas['RuleSuggestion'][]; default_to_no?: boolean | null | undefined }
  PermissionRequestEvent: Schemas['PermissionRequest'] | Schemas['PermissionRequestShort']
  PermissionRequestShort: { session_id: string; request_id: string; tool: string; title: string }
  PermissionResolved: { request_id: string; session_id: string; execution_id: string; tool_use_id: string; status: 'allowed' | 'denied' | 'withdrawn'; user_id?: string | null | undefined; username?: string | null | undefined; scope?: 'once' | 'session' | 'always' | null | undefined; rule?: Schemas['RuleSuggestion'] | null | undefined; message?: string | null | undefined; answers?: unknown | undefined; updated_input?: unknown | undefined }
  Progress: { progress_type: 'start' | 'init' | 'tool_start' | 'tool_end' | 'complete' | 'error'; session_id: string; execution_id: string; tool_use_id?: string | null | undefined; parent_tool_use_id?: string | null | undefined; tool?: string | null | undefined; detail?: string | null | undefined; input?: unknown | undefined; input_cut?: Schemas['Cut'] | null | undefined; output?: unknown | undefined; output_cut?: Schemas['Cut'] | null | undefined; is_error?: boolean | null | undefined; edit_info?: Schemas['EditInfo'] | null | undefined; stats?: Schemas['Stats'] | null | undefined; duration_ms?: number | null | undefined }
  Queue: { session_id: string; items: Schemas['QueuedPrompt'][]; held_by?: Schemas['HeldBy'] | null | undefined }
  QueuedPrompt: { message_id: string; user_id: string; username: string; role?: 'relay' | null | undefined; content: string; attachments: Schemas['Uploaded'][]; mode: 'queue' | 'steer'; queued_at: number }
  Readiness: { status: 'ready' | 'not_ready'; reasons?: Schemas['ReadinessReason'][] | null | undefined; warnings?: Schemas['ReadinessReason'][] | null | undefined }
  ReadinessReason: { code: 'draining' | 'storage_lost' | 'storage_locked' | 'storage_full' | 'storage_slow' | 'writer_behind' | 'disk_nearly_full' | 'files_store_away' | 'claude_missing' | 'claude_unknown' | 'claude_no_credentials' | 'event_loop_slow'; message: string }
  RelayStats: { at: number; started_at: number; version: string; host_name: string; readiness: Schemas['Readiness']; connections: { open: number; limit: number; people: { id: string; name: string; sockets: number }[]; others: number; by_link: number }; rates: { messages: number; messages_peak: number; requests: number }; delivery: { p50_ms: number | null; p99_ms: number | null; count: number }; commits: { p99_ms: number | null; waiting_batches: number; waiting_bytes: number }; event_loop_lag_ms: number; errors: { code: string; count: number }[]; messages_by_type: { type: string; count: number }[]; uploads: { count: number; bytes: number }; turns: { running: number; waiting: number; asked: number }; followers: { sse: number; socket: number }; cost_today: { day: string; micros: number }; webhooks: { waiting: number }; database: { bytes: number; wal_bytes: number }; relay: { memory_bytes: number; heap_bytes: number }; claude: { memory_bytes: number; limit: number; spares: number; sessions_waiting: number; processes: Schemas['ClaudeProcess'][] }; history: Schemas['StatsHistory'] }
  RelayStatus: { status: 'ready' | 'not_ready'; reasons: string[]; warnings: string[]; started_at: number }
  Renewed: { access_token: string; expires_at: number; user: Schemas['UserCard'] }
  ResetBody: { way: 'link' | 'password' }
  RuleSuggestion: { tool: string; content?: string | null | undefined }
  SearchHit: { session_id: string; workspace_id: string; title: string; archived: boolean; seq: number; role: 'user' | 'note' | 'claude'; user_id?: string | null | undefined; username?: string | null | undefined; at: number; snippet: string; marks: { from: number; to: number }[]; more?: boolean | null | undefined }
  SearchPage: { hits: Schemas['SearchHit'][]; next: string | null }
  Session: { session_id: string; workspace_id: string; title: string; owner_id: string; owner_name: string; visibility: 'workspace' | 'private'; state: 'idle' | 'running' | 'waiting' | 'stalled' | 'failed' | 'held'; model?: string | null | undefined; permission_mode: 'default' | 'plan' | 'acceptEdits' | 'bypassPermissions' | 'auto' | 'dontAsk'; created_at: number; updated_at: number; archived: boolean; trusted: boolean; activity?: { tool?: string | null | undefined; waiting_for?: string | null | undefined; since: number; error?: string | null | undefined; cost_usd?: number | null | undefined; interrupted?: boolean | null | undefined } | null | undefined; forked_from?: string | null | undefined }
  SessionCreated: { session_id: string; workspace_id: string; title: string; owner: { id: string; name: string } }
  SessionOverview: { id: string; title: string; state: 'idle' | 'running' | 'waiting' | 'stalled' | 'failed' | 'held'; visibility: 'workspace' | 'private'; owner: { id: string; name: string }; workspace: { id: string; name: string }; created_at: number; updated_at: number; archived: boolean; events: number; process_id?: string | null | undefined }
  SessionPatch: { title?: string | null | undefined; visibility?: 'workspace' | 'private' | null | undefined; model?: string | null | undefined; permission_mode?: 'default' | 'plan' | 'acceptEdits' | 'bypassPermissions' | 'auto' | 'dontAsk' | null | undefined; archived?: boolean | null | undefined; read_seq?: number | null | undefined }
  SessionRow: { session_id: string; workspace_id: string; title: string; owner_id: string; owner_name: string; visibility: 'workspace' | 'private'; state: 'idle' | 'running' | 'waiting' | 'stalled' | 'failed' | 'held'; model?: string | null | undefined; permission_mode: 'default' | 'plan' | 'acceptEdits' | 'bypassPermissions' | 'auto' | 'dontAsk'; created_at: number; updated_at: number; archived: boolean; trusted: boolean; activity?: { tool?: string | null | undefined; waiting_for?: string | null | undefined; since: number; error?: string | null | undefined; cost_usd?: number | null | undefined; interrupted?: boolean | null | undefined } | null | undefined; forked_from?: string | null | undefined; role: 'owner' | 'collaborator' | 'viewer'; unread?: number | null | undefined; people: string[]; removed_folder?: string | null | undefined; missing_folder?: string | null | undefined; deleted_at?: number | null | undefined }
  SessionSnapshot: { epoch: string; seq: number; session: Schemas['SessionRow']; participants: Schemas['Participant'][]; queue: Schemas['Queue']; permissions: Schemas['PermissionRequest'][]; read_seq: number }
  SessionsOverview: { sessions: Schemas['SessionOverview'][]; total: number; next: string | null }
  SessionsPage: { sessions: Schemas['SessionRow'][]; total: number; next: string | null }
  ShareBody: { target_session_id: string }
  ShareLink: { link_id: string; created_by: { id: string; name: string }; created_at: number; expires_at: number; used_at?: number | null | undefined }
  ShareLinks: { links: Schemas['ShareLink'][] }
  Shared: { file_id: string }
  SignIn: { sid: string; kind: 'access' | 'cli'; agent: string | null; address: string | null; created_at: number; seen_at: number; expires_at: number; current: boolean }
  SignIns: { sign_ins: Schemas['SignIn'][]; has_password: boolean; source: 'relay' | 'identity_provider' }
  SignedIn: { access_token: string; expires_at: number; user: Schemas['UserCard']; page_key: string }
  Stats: { duration_ms: number; duration_api_ms: number; ttft_ms?: number | null | undefined; cost_usd: number; input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_write_tokens: number; num_turns: number; model: string; context_tokens: number; context_limit: number; models?: { model: string; cost_usd: number; input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_write_tokens: number }[] | null | undefined }
  StatsHistory: { every_ms: number; until: number; connections: number[]; messages_per_second: number[]; delivery_p99_ms: (number | null)[]; claude_memory_bytes: number[]; errors: number[]; commit_p99_ms: (number | null)[]; event_loop_lag_ms: number[]; relay_memory_bytes: number[] }
  StorageFacts: { folder: string; epoch: string; database_bytes: number; files: { count: number; bytes: number; place: string | null; copied_bytes: number }; events: number; sessions: number; disk: { free_bytes: number; total_bytes: number }; last_backup: { at: number; file: string; bytes: number; same_epoch: boolean } | null }
  Task: { session_id: string; execution_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled'; origin: 'prompt' | 'background'; reason?: 'person' | 'steer' | 'relay_restart' | 'process_died' | 'stalled' | 'budget' | null | undefined; progress: number; message_id?: string | null | undefined; user_id?: string | null | undefined; username?: string | null | undefined; started_at?: number | null | undefined; ended_at?: number | null | undefined; error?: { code: string; message: string } | null | undefined; held_by?: Schemas['HeldBy'] | null | undefined; trace_id?: string | null | undefined; continues?: string[] | null | undefined }
  TerminalSession: { conversation_id: string; title: string; first_prompt: string; last_used: number; messages?: number | null | undefined; session_id?: string | null | undefined }
  TerminalSessions: { sessions: Schemas['TerminalSession'][]; next: string | null }
  Todo: { id?: string | null | undefined; content: string; status: 'pending' | 'in_progress' | 'completed'; activeForm?: string | null | undefined }
  TokenBody: { name: string; scopes: ('read' | 'run' | 'files' | 'approve' | 'metrics' | 'admin')[]; expires_in_days: number }
  Tree: { paths: ({ path: string; kind: 'file' | 'folder' })[]; truncated: boolean }
  TrustReport: { hash: string; trusted: boolean; hooks: string[]; mcp_servers: string[]; env: string[]; claude_md: string[]; scheduled?: string[] | null | undefined; incomplete?: boolean | null | undefined }
  Uploaded: { file_id: string; filename: string; content_type: string; size: number }
  UsageFigures: { turns: number; input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_write_tokens: number; cost_micros: number; estimated_micros: number; unpriced_tokens: number }
  UsageReport: { from: string; to: string; tz: string; rows: Schemas['UsageRow'][]; total: Schemas['UsageFigures']; cut: boolean }
  UsageRow: { day?: string | null | undefined; user_id?: string | null | undefined; username?: string | null | undefined; session_id?: string | null | undefined; title?: string | null | undefined; owner_id?: string | null | undefined; owner_name?: string | null | undefined; model?: string | null | undefined; workspace_id?: string | null | undefined; workspace_name?: string | null | undefined; source?: 'relay' | 'terminal' | null | undefined; turns: number; input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_write_tokens: number; cost_micros: number; estimated_micros: number; unpriced_tokens: number }
  User: { id: string; name: string; role: 'admin' | 'user' | 'viewer'; source: 'relay' | 'identity_provider'; has_password: boolean; created_at: number; deleted_at: number | null; seen_at: number | null; tokens: number; sessions: number }
  UserBody: { name: string; role?: 'admin' | 'user' | 'viewer' | null | undefined; password?: string | null | undefined; link?: boolean | null | undefined }
  UserCard: { id: string; name: string; role: 'admin' | 'user' | 'viewer' }
  UserPatch: { name?: string | null | undefined; role?: 'admin' | 'user' | 'viewer' | null | undefined }
  UsersPage: { users: Schemas['User'][]; total: number; next: string | null }
  WayIn: { link: string | null; expires_at: number | null; password: string | null }
  WebhookBody: { id: string; type: Schemas['WebhookEvent']; created_at: number; execution_id: string; session_id: string; workspace_id: string; status: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled'; reason?: 'person' | 'steer' | 'relay_restart' | 'process_died' | 'stalled' | 'budget' | null | undefined; message_id?: string | null | undefined; user_id?: string | null | undefined; username?: string | null | undefined; execution_created_at: number; started_at: number | null; ended_at: number | null; error: { code: string; message: string } | null; stats: Schemas['Stats'] | null; metadata: Record<string, unknown> | null; continues?: string[] | null | undefined }
  WebhookDelivery: { delivery_id: string; execution_id: string; session_id: string; user_id: string; username: string; url: string; state: Schemas['DeliveryState']; type: Schemas['WebhookEvent'] | null; attempts: number; created_at: number; next_at: number | null; last_at: number | null; last_ms: number | null; last_status: number | null; last_problem: Schemas['DeliveryProblem'] | null; last_answer: string | null; settled_at: number | null }
  WebhookEvent: 'execution.completed' | 'execution.failed' | 'execution.interrupted' | 'execution.cancelled'
  WebhookSpec: { url: string; secret?: string | null | undefined; events?: string[] | null | undefined }
  Workspace: { id: string; name: string; path: string; branch?: string | null | undefined; trusted: boolean; owner: boolean; default: boolean }
  WorkspaceBody: { path: string; name?: string | null | undefined; create?: boolean | null | undefined }
  WorkspaceChanged: { workspace_id: string }
  WorkspaceMembers: { members: ({ id: string; name: string; role: 'admin' | 'user' | 'viewer'; owner: boolean })[] }
  WorkspacePatch: { name: string }
  Workspaces: { workspaces: Schemas['Workspace'][] }
}

/** By operationId; paths below /api/v1. */
export type Operations = {
  /** Sign in with a name and password, a one-time code, or a token of the identity provider; with that one, until it ends. */
  login: { method: 'POST'; path: `auth/login`; query: object; body: Schemas['LoginBody']; answer: Schemas['SignedIn'] }
  /** Exchange the refresh cookie, together with the page key as bearer, for a new access token. */
  refresh: { method: 'POST'; path: `auth/refresh`; query: object; body: undefined; answer: Schemas['Renewed'] }
  /** End this sign-in everywhere it is used. */
  logout: { method: 'POST'; path: `auth/logout`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** A link that signs another device of yours in, once, within 15 minutes. */
  createDevice: { method: 'POST'; path: `auth/devices`; query: object; body: undefined; answer: Schemas['DeviceLink'] }
  /** The signed-in user and what this relay can do. */
  getMe: { method: 'GET'; path: `me`; query: object; body: undefined; answer: Schemas['Me'] }
  /** Changes your password, or sets the first one. Your other sign-ins end. */
  changePassword: { method: 'POST'; path: `me/password`; query: object; body: Schemas['PasswordBody']; answer: Schemas['Ok'] }
  /** Where you are signed in, the latest first. */
  getMeSignIns: { method: 'GET'; path: `me/sign-ins`; query: object; body: undefined; answer: Schemas['SignIns'] }
  /** Signs you out everywhere else; API tokens go on. */
  deleteMeSignIns: { method: 'DELETE'; path: `me/sign-ins`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Signs one of your devices out. */
  deleteMeSignIn: { method: 'DELETE'; path: `me/sign-ins/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Your API tokens, or with all=true, for admins, those of everybody, a page at a time; never the tokens themselves. */
  getTokens: { method: 'GET'; path: `tokens`; query: { all?: 'true' | 'false' | null | undefined; q?: string | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['ApiTokens'] }
  /** Makes an API token, which is told this once. Only from a signed-in browser. */
  createToken: { method: 'POST'; path: `tokens`; query: object; body: Schemas['TokenBody']; answer: Schemas['MadeToken'] }
  /** Revokes an API token of yours; admins revoke anybody’s. It ends within a second, on open sockets too. */
  deleteToken: { method: 'DELETE'; path: `tokens/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Users by name, a page at a time; deleted=true adds those who were removed. */
  getUsers: { method: 'GET'; path: `users`; query: { q?: string | null | undefined; deleted?: 'true' | 'false' | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['UsersPage'] }
  /** Adds a user: with a password, with a link that signs in once within a day, or with neither. */
  createUser: { method: 'POST'; path: `users`; query: object; body: Schemas['UserBody']; answer: Schemas['MadeUser'] }
  /** Changes role or name; felt at once. The last admin stays one. */
  updateUser: { method: 'PATCH'; path: `users/${string}`; query: object; body: Schemas['UserPatch']; answer: Schemas['Ok'] }
  /** Removes a user: signed out everywhere at once, sessions pass to an admin, what they did stays in the audit. */
  deleteUser: { method: 'DELETE'; path: `users/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Ends every sign-in and API token of the user and opens one new way in: a link, or a password, told this once. */
  resetUser: { method: 'POST'; path: `users/${string}/reset`; query: object; body: Schemas['ResetBody']; answer: Schemas['WayIn'] }
  /** Who did what, when and from where; newest first. */
  getAudit: { method: 'GET'; path: `audit`; query: { from?: number | null | undefined; to?: number | null | undefined; user?: string | '' | null | undefined; action?: string | null | undefined; session_id?: string | '' | null | undefined; q?: string | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['AuditPage'] }
  /** The same as one CSV file, with a byte order mark for spreadsheets. */
  getAuditExport: { method: 'GET'; path: `audit/export`; query: { from?: number | null | undefined; to?: number | null | undefined; user?: string | '' | null | undefined; action?: string | null | undefined; session_id?: string | '' | null | undefined; q?: string | null | undefined }; body: undefined; answer: Blob }
  /** What was done in this session, for its owners; from where is told to admins only. */
  getSessionAudit: { method: 'GET'; path: `claude/sessions/${string}/audit`; query: { limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['AuditPage'] }
  /** Users whose name contains q, best match first; admins are told their roles. */
  getPeople: { method: 'GET'; path: `people`; query: { q?: string | null | undefined }; body: undefined; answer: Schemas['People'] }
  /** Sessions you may see, the latest first. */
  getSessions: { method: 'GET'; path: `claude/sessions`; query: { workspace_id?: string | '' | null | undefined; q?: string | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined; archived?: 'true' | 'false' | null | undefined; deleted?: 'true' | 'false' | null | undefined }; body: undefined; answer: Schemas['SessionsPage'] }
  /** Begins a session, in the default workspace unless another is named. */
  createSession: { method: 'POST'; path: `claude/sessions`; query: object; body: Schemas['CreateSession']; answer: { session_id: string } }
  /** One session as the list shows it. */
  getSession: { method: 'GET'; path: `claude/sessions/${string}`; query: object; body: undefined; answer: Schemas['SessionRow'] }
  /** Changes title, visibility, model, mode or archive, or says how far you have read. */
  updateSession: { method: 'PATCH'; path: `claude/sessions/${string}`; query: object; body: Schemas['SessionPatch']; answer: Schemas['Ok'] }
  /** Ends its process and moves it to the trash for 30 days; with purge=true it is erased at once, for which an API token needs `admin`. */
  deleteSession: { method: 'DELETE'; path: `claude/sessions/${string}`; query: { purge?: 'true' | 'false' | null | undefined }; body: undefined; answer: Schemas['Ok'] }
  /** Takes a session out of the trash. */
  restoreSession: { method: 'POST'; path: `claude/sessions/${string}/restore`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** What a browser goes on from when replay would be too long. */
  getSessionState: { method: 'GET'; path: `claude/sessions/${string}/state`; query: object; body: undefined; answer: Schemas['SessionSnapshot'] }
  /** A page of its events before or after a seq; without either the last ones. */
  getSessionEvents: { method: 'GET'; path: `claude/sessions/${string}/events`; query: { before?: number | null | undefined; after?: number | null | undefined; limit?: number | null | undefined }; body: undefined; answer: Schemas['EventsPage'] }
  /** The last lines of its log, in order; empty where nothing of that kind has happened. */
  getSessionLogs: { method: 'GET'; path: `claude/sessions/${string}/logs`; query: { limit?: number | null | undefined }; body: undefined; answer: { session_id: string; logs: ({ session_id: string; execution_id?: string | null | undefined; level: 'info' | 'warn' | 'error'; source: 'claude' | 'relay' | 'hook'; text: string; code?: 'cleared' | 'compacted' | 'rewound' | 'forked' | 'model_changed' | 'mode_changed' | 'api_retry' | 'stalled' | 'process_stopped' | 'continued' | 'budget_near' | 'budget_spent' | 'imported' | 'files_not_handed' | 'other' | null | undefined; args?: Record<string, string | number | boolean> | null | undefined; seq: number; timestamp: number })[]; count: number } }
  /** The whole session as Markdown or JSON. */
  getSessionExport: { method: 'GET'; path: `claude/sessions/${string}/export`; query: { format?: 'md' | 'json' | null | undefined }; body: undefined; answer: Blob }
  /** Copies conversation and timeline, up to a finished turn, into a session of yours. */
  forkSession: { method: 'POST'; path: `claude/sessions/${string}/fork`; query: object; body: { at_seq?: number | null | undefined; title?: string | null | undefined }; answer: { session_id: string } }
  /** Who is in it, in the order of joining. */
  getSessionParticipants: { method: 'GET'; path: `claude/sessions/${string}/participants`; query: object; body: undefined; answer: { participants: Schemas['Participant'][] } }
  /** Invites a user, also one who was removed. */
  createSessionParticipant: { method: 'POST'; path: `claude/sessions/${string}/participants`; query: object; body: { user_id: string; role?: 'owner' | 'collaborator' | 'viewer' | null | undefined }; answer: { role: 'owner' | 'collaborator' | 'viewer' } }
  /** Makes you a participant of a session that you may see. */
  joinSession: { method: 'POST'; path: `claude/sessions/${string}/join`; query: object; body: undefined; answer: { role: 'owner' | 'collaborator' | 'viewer' } }
  /** Makes a participant the owner in your place; you stay as a collaborator. */
  handOverSession: { method: 'POST'; path: `claude/sessions/${string}/hand-over`; query: object; body: { user_id: string }; answer: Schemas['Ok'] }
  /** Gives a participant another role. */
  updateSessionParticipant: { method: 'PATCH'; path: `claude/sessions/${string}/participants/${string}`; query: object; body: { role: 'owner' | 'collaborator' | 'viewer' }; answer: { role: 'owner' | 'collaborator' | 'viewer' } }
  /** Removes a user, or, with your own id, leaves. */
  deleteSessionParticipant: { method: 'DELETE'; path: `claude/sessions/${string}/participants/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Links that open the session for reading, the newest first. */
  getSessionLinks: { method: 'GET'; path: `claude/sessions/${string}/links`; query: object; body: undefined; answer: Schemas['ShareLinks'] }
  /** Makes a link with which anybody may read the session until it expires or is taken back. */
  createSessionLink: { method: 'POST'; path: `claude/sessions/${string}/links`; query: object; body: Schemas['LinkBody']; answer: Schemas['NewLink'] }
  /** Takes a link back: whoever reads by it is out within a second. */
  deleteSessionLink: { method: 'DELETE'; path: `claude/sessions/${string}/links/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Exchange the secret of a share link for a short token that reads its session. */
  enterByLink: { method: 'POST'; path: `auth/link`; query: object; body: Schemas['EnterBody']; answer: Schemas['Entered'] }
  /** Prompts, notes and answers that hold all words of q, in the sessions you may see, the latest sessions first. */
  search: { method: 'GET'; path: `claude/search`; query: { q: string; workspace_id?: string | '' | null | undefined; session_id?: string | '' | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['SearchPage'] }
  /** Makes a workspace of a folder below ENSEMBLE_ROOTS; with create=true of one that is not there yet. */
  createWorkspace: { method: 'POST'; path: `workspaces`; query: object; body: Schemas['WorkspaceBody']; answer: { id: string } }
  /** Workspaces you are a member of, the default one first. */
  getWorkspaces: { method: 'GET'; path: `workspaces`; query: object; body: undefined; answer: Schemas['Workspaces'] }
  /** Folders to choose a workspace from: the allowed ones, or what lies in one of them. */
  getWorkspaceFolders: { method: 'GET'; path: `workspaces/folders`; query: { path?: string | null | undefined }; body: undefined; answer: Schemas['Folders'] }
  /** One workspace as the list shows it. */
  getWorkspace: { method: 'GET'; path: `workspaces/${string}`; query: object; body: undefined; answer: Schemas['Workspace'] }
  /** Gives it another name. */
  updateWorkspace: { method: 'PATCH'; path: `workspaces/${string}`; query: object; body: Schemas['WorkspacePatch']; answer: Schemas['Ok'] }
  /** Takes it off the list. The files stay; its sessions stay readable to those who are in them. */
  deleteWorkspace: { method: 'DELETE'; path: `workspaces/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Who may begin sessions there and find those of others, the owner first. */
  getWorkspaceMembers: { method: 'GET'; path: `workspaces/${string}/members`; query: object; body: undefined; answer: Schemas['WorkspaceMembers'] }
  /** Makes a user a member. */
  putWorkspaceMember: { method: 'PUT'; path: `workspaces/${string}/members/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Takes a member off; sessions they are in stay theirs. */
  deleteWorkspaceMember: { method: 'DELETE'; path: `workspaces/${string}/members/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Files and folders whose path fits q, best match first; without q what lies at the root. */
  getWorkspaceTree: { method: 'GET'; path: `workspaces/${string}/tree`; query: { q?: string | null | undefined; limit?: number | null | undefined }; body: undefined; answer: Schemas['Tree'] }
  /** What the folder would run or have Claude read if it were trusted. */
  getWorkspaceTrust: { method: 'GET'; path: `workspaces/${string}/trust`; query: object; body: undefined; answer: Schemas['TrustReport'] }
  /** Trusts exactly what the hash of the report stands for, or takes the trust back. */
  trustWorkspace: { method: 'POST'; path: `workspaces/${string}/trust`; query: object; body: { trusted: boolean; hash?: string | null | undefined }; answer: { trusted: boolean } }
  /** Conversations with Claude in a terminal of this machine, in this folder, the last used first. */
  getWorkspaceTerminalSessions: { method: 'GET'; path: `workspaces/${string}/terminal-sessions`; query: { limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['TerminalSessions'] }
  /** Begins a private session of yours with the history of one of them; its next prompt goes on from there. */
  importWorkspaceTerminalSession: { method: 'POST'; path: `workspaces/${string}/terminal-sessions/${string}/import`; query: object; body: undefined; answer: Schemas['Imported'] }
  /** Uploads one file: a form with `file` and, optionally, `session_id`. */
  uploadFile: { method: 'POST'; path: `files/upload`; query: { session_id?: string | '' | null | undefined }; body: FormData; answer: Schemas['Uploaded'] }
  /** Files of a session, or your own that are in none, newest first. */
  getFiles: { method: 'GET'; path: `files`; query: { session_id?: string | '' | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['FilesPage'] }
  /** The content of a file; understands Range. */
  getFile: { method: 'GET'; path: `files/${string}`; query: object; body: undefined; answer: Blob }
  /** Deletes a file. */
  deleteFile: { method: 'DELETE'; path: `files/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** An address of the content that opens by itself, for a day. */
  createFileTicket: { method: 'POST'; path: `files/${string}/ticket`; query: object; body: undefined; answer: Schemas['FileTicket'] }
  /** The content of a file, by ticket; understands Range. */
  downloadFile: { method: 'GET'; path: `files/${string}/download`; query: object; body: undefined; answer: Blob }
  /** An address of files of a session in one ZIP file, that opens by itself, for a day. */
  createFileArchive: { method: 'POST'; path: `files/archives`; query: object; body: Schemas['ArchiveBody']; answer: Schemas['Archive'] }
  /** Files of a session in one ZIP file, by ticket; understands Range. */
  downloadFileArchive: { method: 'GET'; path: `files/archives/${string}`; query: object; body: undefined; answer: Blob }
  /** Gives a file to another session, where it is a file of its own. */
  shareFile: { method: 'POST'; path: `files/${string}/share`; query: object; body: Schemas['ShareBody']; answer: Schemas['Shared'] }
  /** What of tus 1.0 the relay speaks, and the largest file it takes. */
  getUploadAbilities: { method: 'OPTIONS'; path: `files/tus`; query: object; body: undefined; answer: Blob }
  /** Begins an upload (tus 1.0); Location is where its bytes go. */
  beginUpload: { method: 'POST'; path: `files/tus`; query: object; body: FormData; answer: Blob }
  /** How many bytes of an upload are on the relay’s disk (tus 1.0). */
  getUploadOffset: { method: 'HEAD'; path: `files/tus/${string}`; query: object; body: undefined; answer: Blob }
  /** Appends bytes to an upload at its offset (tus 1.0). */
  appendToUpload: { method: 'PATCH'; path: `files/tus/${string}`; query: object; body: FormData; answer: Blob }
  /** Gives an upload up (tus 1.0). */
  abandonUpload: { method: 'DELETE'; path: `files/tus/${string}`; query: object; body: undefined; answer: Blob }
  /** Runs a prompt, in a session of yours or in a new one; what follows is told by its events. */
  execute: { method: 'POST'; path: `claude/execute`; query: object; body: Schemas['ExecuteBody']; answer: Schemas['Executed'] }
  /** Executions in sessions that you may see, the latest first. */
  getExecutions: { method: 'GET'; path: `claude/executions`; query: { session_id?: string | '' | null | undefined; workspace_id?: string | '' | null | undefined; status?: 'pending' | 'running' | 'completed' | 'failed' | 'interrupted' | 'cancelled' | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['ExecutionsPage'] }
  /** What became of one: its status, times and figures, what was said in it, its result, and what holds it while it waits. */
  getExecution: { method: 'GET'; path: `claude/executions/${string}`; query: object; body: undefined; answer: Schemas['Execution'] }
  /** One that waits never begins, one that runs is interrupted; CONFLICT says how one has ended already. */
  cancelExecution: { method: 'POST'; path: `claude/executions/${string}/cancel`; query: object; body: undefined; answer: Schemas['Cancelled'] }
  /** One that waits in a queue that is held goes on, in its turn; CONFLICT says how one has ended already. */
  continueExecution: { method: 'POST'; path: `claude/executions/${string}/continue`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Slash commands and models that can be chosen in this session. */
  getSessionOffers: { method: 'GET'; path: `claude/sessions/${string}/offers`; query: object; body: undefined; answer: Schemas['Offers'] }
  /** What fills the context window of this session. */
  getSessionContext: { method: 'GET'; path: `claude/sessions/${string}/context`; query: object; body: undefined; answer: Schemas['Context'] }
  /** The whole `input` or `output` of a tool call whose event holds only its beginning, as plain text. */
  getSessionToolPart: { method: 'GET'; path: `claude/sessions/${string}/tools/${string}/${string}`; query: object; body: undefined; answer: Blob }
  /** Its events as they come (server-sent events), from the first, or after the one named; the last is the final `task`. */
  getExecutionEvents: { method: 'GET'; path: `claude/executions/${string}/events`; query: { after?: string | null | undefined }; body: undefined; answer: Blob }
  /** What Claude used, by day, user, session, model, workspace or source: of yourself, of a session you work in, for admins of all. As CSV where text/csv is accepted. */
  getUsage: { method: 'GET'; path: `usage`; query: { from?: string | null | undefined; to?: string | null | undefined; by?: string | null | undefined; source?: 'relay' | 'terminal' | 'all' | null | undefined; tz?: string | null | undefined; user_id?: string | '' | null | undefined; session_id?: string | '' | null | undefined }; body: undefined; answer: Schemas['UsageReport'] }
  /** The same report as CSV, with all of its rows and a byte order mark for spreadsheets. */
  getUsageCsv: { method: 'GET'; path: `usage.csv`; query: { from?: string | null | undefined; to?: string | null | undefined; by?: string | null | undefined; source?: 'relay' | 'terminal' | 'all' | null | undefined; tz?: string | null | undefined; user_id?: string | '' | null | undefined; session_id?: string | '' | null | undefined }; body: undefined; answer: Blob }
  /** How much of your budget of today is used. */
  getUsageBudget: { method: 'GET'; path: `usage/budget`; query: object; body: undefined; answer: Schemas['OwnBudget'] }
  /** Budgets per day and what was used of them today; first that of everybody who has none. */
  getBudgets: { method: 'GET'; path: `budgets`; query: object; body: undefined; answer: Schemas['Budgets'] }
  /** Sets what a user, or with `default` everybody else, may cost in a day. */
  putBudget: { method: 'PUT'; path: `budgets/${string}`; query: object; body: Schemas['BudgetBody']; answer: Schemas['Ok'] }
  /** Takes a budget away; for a user the default one counts again. */
  deleteBudget: { method: 'DELETE'; path: `budgets/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** What receivers of webhooks were told, of one execution or, for admins, of all; the latest first. */
  getWebhookDeliveries: { method: 'GET'; path: `webhooks/deliveries`; query: { execution_id?: string | '' | null | undefined; state?: Schemas['DeliveryState'] | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['DeliveriesPage'] }
  /** Sends it again, at once. */
  retryWebhookDelivery: { method: 'POST'; path: `webhooks/deliveries/${string}/retry`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Stops trying: nothing more is sent of it. What was on its way may still arrive. */
  deleteWebhookDelivery: { method: 'DELETE'; path: `webhooks/deliveries/${string}`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** Size of database and files, room on the disk, the last backup. */
  getAdminStorage: { method: 'GET'; path: `admin/storage`; query: object; body: undefined; answer: Schemas['StorageFacts'] }
  /** How the relay is doing now and did in the last ten minutes, and the processes of Claude. */
  getStats: { method: 'GET'; path: `stats`; query: object; body: undefined; answer: Schemas['RelayStats'] }
  /** All sessions of the relay, those used last first. */
  listAllSessions: { method: 'GET'; path: `stats/sessions`; query: { q?: string | null | undefined; state?: 'idle' | 'running' | 'waiting' | 'stalled' | 'failed' | 'held' | null | undefined; workspace_id?: string | '' | null | undefined; owner_id?: string | '' | null | undefined; archived?: 'true' | 'false' | null | undefined; limit?: number | null | undefined; cursor?: string | null | undefined }; body: undefined; answer: Schemas['SessionsOverview'] }
  /** Stop one process of Claude; a running turn is interrupted, and the next prompt starts another process. */
  stopProcess: { method: 'POST'; path: `processes/${string}/stop`; query: object; body: undefined; answer: Schemas['Ok'] }
  /** This description. */
  getDescription: { method: 'GET'; path: `openapi.json`; query: object; body: undefined; answer: { openapi: string } }
  /** This description as a page. */
  getDocs: { method: 'GET'; path: `docs`; query: object; body: undefined; answer: Blob }
  /** What the page is made of, and `protocol.md`, the rules of the wire. */
  getDocsFile: { method: 'GET'; path: `docs/${string}`; query: object; body: undefined; answer: Blob }
}
