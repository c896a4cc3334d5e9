// What a session of Claude is opened with: the settings of its processes, and who is told what they do.
import type { Todo } from '#protocol'
import type { Fact, PermissionDecision, PermissionQuestion, TurnOutcome } from './facts.ts'

/** What a session's process is started with. Model and mode may change while it runs; the rest holds for the process. */
export type ProcessSpec = {
  sessionId: string
  /** Absolute folder. A conversation can only be resumed from the folder it began in. */
  cwd: string
  /** The conversation to go on with (whatever the last init said); null for a new one. */
  conversationId: string | null
  /** Branch from `conversationId` instead of going on with it. */
  fork?: boolean
  /** Keep the conversation only up to this entry (`TurnOutcome.lastEntryId` of the last turn to be kept). */
  resumeAt?: string | null
  /** The list that the conversation had when its last process ended, perhaps of an earlier run of the relay. */
  todos?: readonly Todo[]
  model?: string | null
  permissionMode: string
  /** Added to Claude Code's own system prompt. */
  systemPrompt?: string | null
  /** The built-in tools on offer; absent: all. */
  tools?: string[] | null
  /** Steps of one answer; absent: as many as it takes. */
  maxTurns?: number | null
  /** Whether the folder's own settings, hooks and MCP servers may be loaded and run. */
  trusted: boolean
  /** Looks at the folder's files as they are now: whether they are still what was trusted. Absent: they are. */
  stillTrusted?: () => Promise<boolean>
  /** Allow rules in the CLI's words, as in `Bash(npm test:*)`. */
  rules?: string[]
}

/**
 * Called in the order in which Claude did things, never re-entrantly. What a listener throws is logged, and the process goes on.
 * Between `turnEnded` and the next `turnBegan` only facts of background work arrive.
 */
export type ClaudeListener = {
  fact(fact: Fact): void
  /** `promptIds` are those of `send`; empty when Claude began by itself (`background`). */
  turnBegan(turn: { origin: 'prompt' | 'background'; promptIds: string[] }): void
  /** A prompt sent while a turn ran was folded into that turn. */
  promptTaken(promptId: string): void
  turnEnded(outcome: TurnOutcome): void
  /** The conversation has this id from now on; `cleared`: it is a new, empty one. */
  conversation(conversationId: string, cleared: boolean): void
  /** May stay unanswered for hours. `withdrawn` fires when nobody waits for the answer any more. */
  permission(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  /** Claude has changed its mode by itself, as when a plan was approved. */
  modeChanged?(permissionMode: string): void
  /** The process is gone. If a turn ran, `turnEnded` came just before. The session can be sent to again: it resumes. */
  ended(end: ProcessEnd): void
}

/** Why a process is gone. `lostPromptIds`: sent, never taken into any turn; they may be sent again under a new id. */
export type ProcessEnd = {
  cause: 'idle' | 'parked' | 'stopped' | 'shutdown' | 'died' | 'start_failed' | 'stalled' | 'interrupt_ignored' | 'flooded' | 'per_prompt'
  detail: string
  duringTurn: boolean
  lostPromptIds: string[]
}

export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'image'; source: { type: 'base64'; media_type: string; data: string } }
  | { type: 'document'; source: { type: 'base64'; media_type: 'application/pdf'; data: string }; title: string }
