// The timeline as flat rows for a virtual list: one row is one thing that is drawn, measured and focused by itself.
import type { Ask, DividerItem, Notice, NoteItem, Outcome, PromptItem, TextPart, ToolPart, Trouble, Unknown } from './timeline.ts'

/** A prompt of one's own that is not at the relay yet: what the row needs of the connection's outbox. */
export type OutboxPrompt = { id: string; text: string; createdAt: number; state: 'waiting' | 'sending' | 'delayed' | 'refused' }

/** What a row knows of its turn. `superseded`: Claude no longer knows of it (rewound). */
export type OfTurn = { turnKey: string; executionId: string; superseded: boolean }
/** `depth` 0 is the turn's own thread, 1 the work of its agent, and so on. */
type InTurn = OfTurn & { key: string; depth: number }

type TextRow = InTurn & { kind: 'text' | 'thinking'; part: TextPart }
type ToolRow = InTurn & { kind: 'tool'; part: ToolPart }
/** Permission, question or plan: the waiting card, or the row that is left of it. */
export type AskRow = InTurn & { kind: 'ask'; part: ToolPart; ask: Ask }
/** Reads and searches that follow each other; opened, its calls follow as rows one deeper. */
export type QuietRow = InTurn & { kind: 'quiet'; parts: readonly ToolPart[]; reads: number; searches: number; running: boolean }
/** Changes of the todo list that follow each other. `total`: how long the list is now. */
export type TodosRow = InTurn & { kind: 'todos'; parts: readonly ToolPart[]; total: number; done: number; running: boolean }
type OtherRow = InTurn &
  (
    | { kind: 'trouble'; part: Trouble }
    | { kind: 'notice'; part: Notice }
    | { kind: 'outcome'; part: Outcome }
    | { kind: 'unknown'; part: Unknown }
  )
export type PartRow = TextRow | ToolRow | AskRow | QuietRow | TodosRow | OtherRow

export type Row<Outbox extends OutboxPrompt = OutboxPrompt> =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'unread'; key: string; at: number }
  | { kind: 'prompt'; key: string; item: PromptItem }
  /** What the relay wrote to Claude after a restart: folded, for it is not for people. */
  | { kind: 'relayed'; key: string; item: PromptItem }
  | { kind: 'note'; key: string; item: NoteItem }
  | { kind: 'divider'; key: string; item: DividerItem }
  | { kind: 'loose'; key: string; item: Notice | Trouble | Unknown }
  /** Claude's face, name and time, at the head of each stretch of work. */
  | ({ kind: 'turn'; key: string; at: number } & OfTurn)
  /** The caret where the next text will stand, while nothing else shows that Claude is at work. */
  | { kind: 'pending'; key: string; executionId: string; at: number }
  | { kind: 'outbox'; key: string; prompt: Outbox }
  | PartRow

/** Lines between things, and the caret: nothing of the timeline stands behind them. */
export type LineRow = Extract<Row, { at: number }>

/** Keys of parts and groups that the reader opened (true) or folded (false). */
export type Choices = ReadonlyMap<string, boolean>
