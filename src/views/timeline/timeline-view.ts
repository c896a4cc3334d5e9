// What every row of a timeline may ask of the timeline it stands in: who people are, what is open, what can be done.
import { inject, type InjectionKey } from 'vue'
import type { SessionRole } from '#protocol'
import type { PermissionAnswer } from '../../stores/session-commands.ts'
import type { ToolDescription } from '../../timeline/describe-tool.ts'
import type { Choices, OutboxPrompt, Row } from '../../timeline/rows.ts'
import type { Author, Timeline, ToolPart } from '../../timeline/timeline.ts'
import type { Hue } from '../../ui/hues.ts'
import { hueOf } from '../shell/hue-of.ts'

/** `here`: the person looks at this session now. */
export type TimelinePerson = { name: string; hue: Hue; /** null: looks on only. */ role: SessionRole | null; here?: boolean }

/** A command of one's own on its way. Only prompts and notes are shown; others are left out. */
export type TimelineOutboxItem = OutboxPrompt & {
  type: string
  data: unknown
  trouble: { code: string; message: string } | null
}

export type TimelineRights = {
  /** Answer permissions, questions and plans. */
  answer: boolean
  /** Allow something always. */
  always: boolean
  prompt: boolean
  rewind: boolean
}

export type TimelineSettings = {
  autoScroll: boolean
  announcements: 'sentences' | 'start-and-end' | 'off'
  diff: 'inline' | 'side-by-side'
  singleLetterKeys: boolean
}

/** The event that holds what was sought. */
export type TimelineGoal = { seq: number; sought: string }

export type TimelineProps = {
  timeline: Timeline
  /** By user id; who is not in it is shown by the name that the event carries. */
  people: ReadonlyMap<string, TimelinePerson>
  me: string
  may: TimelineRights
  /** Absolute path of the folder, for relative paths; empty while unknown. */
  workspace: string
  outbox: readonly TimelineOutboxItem[]
  /** What was read when the session was opened; null: no unread line. */
  unreadAfterSeq: number | null
  /** When what is shown was last known to be current, ms since 1970; null while it is. */
  asOf: number | null
  hasOlder: boolean
  loadingOlder: boolean
  settings: TimelineSettings
  /** Where a search leads to, until one is there. */
  goal?: TimelineGoal | null
}

export type TimelineAnswer = PermissionAnswer & { request_id: string }

/** All that rows can ask for. Each is an event of SessionTimeline of the same name. */
export type TimelineEvents = {
  answer: [answer: TimelineAnswer]
  /** Goes back to before this prompt, and sends the new text in its place. */
  resend: [messageId: string, content: string]
  rewind: [messageId: string]
  /** A refused prompt: sent again, taken back into the composer, thrown away. */
  retry: [outboxId: string]
  'take-back': [outboxId: string]
  discard: [outboxId: string]
  /** The path as it stands in the text or in the tool's input. */
  'open-path': [path: string, line: number | null]
  /** The whole of an input or output that was cut. */
  'open-whole': [url: string]
  'open-file': [fileId: string]
  /** Who allowed what, at the entry of this card. */
  'open-log': [askKey: string]
  stop: []
  /** What comes before what is loaded, down to this seq (Infinity: no more), for as long as one looks for something in it. */
  'older-to': [seq: number]
  /** Goes on after a stop or a crash. */
  continue: []
  /** Summarises the conversation, to make room. */
  compact: []
  /** By a key: nothing on the screen shows it. */
  copied: []
  /** What the search led to is shown. */
  arrived: []
}
export type Tell = <Name extends keyof TimelineEvents>(name: Name, ...args: TimelineEvents[Name]) => void

export type TimelineRow = Row<TimelineOutboxItem>

export type TimelineView = Readonly<Omit<TimelineProps, 'outbox' | 'hasOlder' | 'loadingOlder' | 'unreadAfterSeq' | 'goal'>> & {
  readonly choices: Choices
  /** ms since 1970, moving once a second while anything shows an age. */
  readonly now: number
  tell: Tell
  describe(part: ToolPart): ToolDescription
  /** Whether a part is open: the reader's choice, else as it was when it was first shown. */
  isOpen(key: string, byItself: boolean): boolean
  choose(key: string, open: boolean): void
  /** Prompts that are being written anew: they stay drawn wherever one scrolls, or what was written is lost. */
  readonly edited: ReadonlySet<string>
  edit(key: string, on: boolean): void
  /** A card was answered here: its place goes on being followed. */
  answered(): void
  /** Runs a move of the focus that the reader did not make. */
  quietly(move: () => void): void
}

export const TIMELINE_VIEW: InjectionKey<TimelineView> = Symbol('timeline view')

export function useTimelineView(): TimelineView {
  const view = inject(TIMELINE_VIEW)
  if (view === undefined) throw new Error('useTimelineView() outside of the app')
  return view
}

/** Name and hue of whoever wrote something; people who left keep the name they had then. */
export function personOf(view: Pick<TimelineView, 'people'>, author: Author): { name: string; hue: Hue } {
  const known = author.userId === null ? undefined : view.people.get(author.userId)
  return { name: known?.name ?? author.name, hue: known?.hue ?? hueOf(author.userId ?? '') }
}
