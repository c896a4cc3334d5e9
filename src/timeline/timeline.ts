// The shape of a conversation as its readers see it: what the reducer builds and the views draw.
import type { Attachment, EditInfo, FromRelay, Log, PermissionRequest, PermissionResolved, Queue, Stats, Task } from '#protocol'

/** Who wrote or decided something. `userId` is null for the relay itself. */
export type Author = { userId: string | null; name: string }

/** The frame as the reducer takes it: live from the socket, or a kept event read by `readKeptEvent`. */
export type TimelineFrame = FromRelay | UnknownFrame
/** A kept event of a type this browser does not know (a newer relay): shown as it is, never dropped. */
export type UnknownFrame = { type: 'unknown'; seq: number; timestamp: number; data: { type: string; data: unknown } }

/** `seq` of items and parts is that of the event that first told of them; null while only deltas have come. */
type Placed = { key: string; seq: number | null; at: number }

export type PromptItem = Placed & {
  kind: 'prompt'
  messageId: string
  /** `relay`: written by the relay, to bring Claude the answer that `author` gave while its process was gone. */
  origin: 'person' | 'relay'
  author: Author
  content: string
  attachments: readonly Attachment[]
  executionId: string | null
  steered: boolean
  /** True after a rewind to this prompt or an earlier one: no longer part of what Claude knows. */
  superseded: boolean
  /** Said in the session that this one is a fork of. */
  copied?: true
}
export type NoteItem = Placed & { kind: 'note'; messageId: string; author: Author; content: string; attachments: readonly Attachment[] }

/** A stretch of Claude's work. A note or a steering prompt in between begins a new stretch of the same execution. */
export type TurnItem = Placed & { kind: 'turn'; executionId: string; parts: readonly Part[]; superseded: boolean }

/** A line across the timeline: context cleared, compacted, rewound, forked or imported here. */
export type DividerItem = Placed & { kind: 'divider'; code: 'cleared' | 'compacted' | 'rewound' | 'forked' | 'imported'; text: string; args: LogArgs }
export type Item = PromptItem | NoteItem | TurnItem | DividerItem | Notice | Trouble | Unknown

export type TextPart = Placed & {
  kind: 'text' | 'thinking'
  messageId: string
  text: string
  /** Deltas may still come. */
  open: boolean
  interrupted: boolean
  /** A delta is missing before the end of `text`; the next replay or the completed block mends it. */
  gap: boolean
  /** Thinking: how long it took; null while unknown. */
  durationMs: number | null
}

export type ToolState = 'running' | 'waiting' | 'done' | 'failed' | 'stopped'
export type Cut = { bytes: number; url: string }
export type ToolPart = Placed & {
  kind: 'tool'
  toolUseId: string
  /** Empty when only the end of the call is loaded (its start is on an older page). */
  tool: string
  state: ToolState
  input: unknown
  inputCut: Cut | null
  output: unknown
  outputCut: Cut | null
  editInfo: EditInfo | null
  detail: string | null
  endedAt: number | null
  durationMs: number | null
  /** Permission, question or plan about this call; the card stands before the row. */
  asks: readonly Ask[]
  /** What a nested agent did, in order. */
  parts: readonly Part[]
}

type AskState = 'open' | PermissionResolved['status']
export type Ask = {
  key: string
  at: number
  request: PermissionRequest
  state: AskState
  resolved: { by: Author | null; at: number; details: PermissionResolved } | null
}

export type LogArgs = Readonly<Record<string, string | number | boolean>>
/** Something worth a quiet row: the model changed, a hook spoke. */
export type Notice = Placed & {
  kind: 'notice'
  code: NonNullable<Log['code']>
  level: Log['level']
  source: Log['source']
  text: string
  args: LogArgs
}

/** An error card: one for each cause, a repeat raises `count`. `solved` folds it to a row. */
export type Trouble = Placed & {
  kind: 'trouble'
  cause: string
  level: 'warn' | 'error'
  text: string
  args: LogArgs
  count: number
  lastAt: number
  executionId: string | null
  solved: boolean
}

/** How an execution ended, with the statistics line. */
export type Outcome = Placed & {
  kind: 'outcome'
  executionId: string
  status: Exclude<Task['status'], 'pending' | 'running'>
  reason: Task['reason'] | null
  /** Who stopped it; null when nobody did or when it is not known. */
  by: Author | null
  error: Task['error'] | null
  stats: Stats | null
  durationMs: number | null
  /** How often it was tried, the first time included. */
  tries: number
}

/** What neither relay nor browser understood, kept to be seen. */
export type Unknown = Placed & { kind: 'unknown'; name: string; data: unknown }
export type Part = TextPart | ToolPart | Notice | Trouble | Outcome | Unknown

export type Execution = {
  id: string
  status: Task['status']
  origin: Task['origin']
  reason: Task['reason'] | null
  /** Whose prompt it answers. */
  by: Author | null
  promptId: string | null
  startedAt: number | null
  endedAt: number | null
  /** When the relay noticed that nothing comes any more; null once something does. */
  stalledAt: number | null
  /** An error card of this turn is not solved yet. */
  troubled: boolean
  error: Task['error'] | null
  /** Under which the relay's log has it; absent where the relay has not said. */
  trace?: string
  stats: Stats | null
  tools: { done: number; failed: number }
}

export type TodoStatus = 'pending' | 'in_progress' | 'completed'
export type TodoEntry = {
  id: string
  content: string
  activeForm: string | null
  status: TodoStatus
  startedAt: number | null
  endedAt: number | null
}
export type TodoList = { entries: readonly TodoEntry[]; executionId: string | null }

export type Context = { tokens: number; limit: number; model: string }

export type Timeline = {
  items: readonly Item[]
  /** In the order they became known; the newest is last. */
  executions: readonly Execution[]
  /** The execution that runs; those that wait in the queue do not. */
  runningId: string | null
  queue: Queue | null
  todos: TodoList
  /** Request ids of permissions, questions and plans that wait, oldest first. */
  waiting: readonly string[]
  context: Context | null
  /** First and last seq of what is loaded; `seq` 0 means nothing is. */
  firstSeq: number
  seq: number
  /** A delta was lost: the connection should join again from `seq`. */
  gap: boolean
  /** What was reduced, newest first: the matter from which older pages are joined. Not for views. */
  past: Past | null
}
export type Past = { frame: TimelineFrame; before: Past | null }

export const EMPTY_TIMELINE: Timeline = {
  items: [],
  executions: [],
  runningId: null,
  queue: null,
  todos: { entries: [], executionId: null },
  waiting: [],
  context: null,
  firstSeq: 0,
  seq: 0,
  gap: false,
  past: null,
}
