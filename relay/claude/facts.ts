// What Claude did, in the relay's words: the shapes that translation yields and that executions number and publish.
import type { Block, Log, Progress, RuleSuggestion, Stats } from '#protocol'

/** An event's data without the ids that only executions know. */
type Told<Data> = Omit<Data, 'session_id' | 'execution_id'>

/**
 * `delta`: more of a block that is being written, never kept; `of` is the type under which it is told.
 * The other four become kept events of the same type, in this order. Nested work carries `parent_tool_use_id`, and may
 * arrive between two turns: it belongs to the turn in which that tool was used.
 */
export type Fact =
  | { type: 'delta'; of: 'claude_response' | 'thinking'; data: Told<Block> }
  | { type: 'claude_response'; data: Told<Block> }
  | { type: 'thinking'; data: Told<Block> }
  | { type: 'progress'; data: Told<Progress> }
  | { type: 'log'; data: Told<Log> }

/** The tokens of one answer of the API. `cacheWrite1h` is a part of `cacheWrite`. */
export type ApiUse = { model: string; tokens: { input: number; output: number; cacheRead: number; cacheWrite: number; cacheWrite1h: number } }

/** How a turn ended. `reason` is the CLI's own word (its terminal_reason), or what the relay knows better. */
export type TurnOutcome = {
  status: 'completed' | 'failed' | 'interrupted'
  reason: string
  /** For people, when failed. `code` is the CLI's kind of error (`authentication_failed`, `rate_limit`, …) or its reason. */
  error: { code: string; message: string } | null
  stats: Stats | null
  /** Only of a turn without a result, and so without stats: what each answer of the API said it had used. */
  used?: ApiUse[]
  /** The ids of all prompts that this turn answered: the first one began it, the others were folded in. */
  promptIds: string[]
  /** A slash command that ran without the model (`clear`, `compact`, …). */
  localCommand: string | null
  /** The transcript's last entry of this turn: what `ProcessSpec.resumeAt` takes to go back to here. */
  lastEntryId: string | null
}

/** What translation yields for one message of the CLI, in order. */
export type Translated =
  | { kind: 'fact'; fact: Fact }
  | { kind: 'turn_began'; origin: 'prompt' | 'background'; promptIds: string[] }
  | { kind: 'prompt_taken'; promptId: string }
  | { kind: 'turn_ended'; outcome: TurnOutcome }
  | { kind: 'conversation'; conversationId: string; cleared: boolean }
  | { kind: 'settings'; model?: string; permissionMode?: string; commands?: SlashCommand[] }
  /** So many pieces of work run beside the conversation; the process is not idle while there are any. `agents`: the ids of those that ask the model. */
  | { kind: 'background'; tasks: number; agents: readonly string[] }

/** What facts are said with. Fields that are undefined do not reach the wire. */
export const told = (fact: Fact): Translated => ({ kind: 'fact', fact })
export const progress = (data: Told<Progress>): Translated => told({ type: 'progress', data })
export const logged = (data: Told<Log>): Translated => told({ type: 'log', data })

/** Of values whose shape nobody vouches for: the fields of what is no object are none. */
export type Fields = Record<string, unknown>
export const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** `builtin`: the CLI's own. Of several with one name such a one is carried out. */
export type SlashCommand = { name: string; description: string; argumentHint: string; builtin?: boolean }

/** A call that Claude may not make without being allowed. */
export type PermissionQuestion = {
  toolUseId: string
  parentToolUseId: string | null
  tool: string
  input: Record<string, unknown>
  title: string | null
  description: string | null
  kind: 'tool' | 'question' | 'plan'
  suggestions: RuleSuggestion[]
  defaultToNo: boolean
}

/**
 * `heard` is called once the CLI has certainly read the decision; never for a process that is gone before it has. `rules` take effect
 * in this process at once (they are what "for this session" and "always" mean); `answers` belong to a question: question text → label,
 * or labels. A denial with `interrupt` also ends the turn.
 */
export type PermissionDecision = { heard?(): void } & (
  | { behavior: 'allow'; updatedInput?: Record<string, unknown>; answers?: Record<string, unknown>; rules?: RuleSuggestion[] }
  | { behavior: 'deny'; message: string; interrupt?: boolean }
)
