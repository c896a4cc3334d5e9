// What a session's lane knows: the running turn, who waits, what is asked. Pure; replaced only after its commit.
import type { PermissionRequest, Queue, QueuedPrompt, Session } from '#protocol'
import { wholeMicros, type Fact } from '../claude/claude.ts'
import type { Execution } from './execution-state.ts'
import type { Waiting, WaitingList } from './queue.ts'

export type Held = { reason: 'person' | 'crash' | 'budget'; userId: string | null; username: string | null }
export type OpenRequest = { request: PermissionRequest; hash: string; openedAt: number }

export type LaneState = {
  queue: WaitingList
  held: Held | null
  /** The turn that answers, or will answer as soon as Claude takes its prompt. */
  turn: Execution | null
  /** A turn that Claude began by itself before it took the prompt of `turn`. */
  beside: Execution | null
  asked: readonly OpenRequest[]
  /** Why the last turn failed; null after one that did not. */
  failure: string | null
  /** The last turn began and ended early. */
  interrupted: boolean
  /** Claude has said nothing for a while and no tool runs. */
  stalled: boolean
  /** The tool that runs now. */
  tool: string | null
  /** When what is shown began, in milliseconds since 1970. */
  since: number
  costUsd: number
  /** The turn that the conversation holds last; null: it is empty. */
  head: string | null
}

const steersIn = (queue: WaitingList) => queue.some((each) => each.mode === 'steer')

/** Nothing else may start: a turn runs, or Claude holds a steer that becomes the next turn by itself. */
export const isBusy = (state: Pick<LaneState, 'turn' | 'beside' | 'queue'>): boolean => state.turn !== null || state.beside !== null || steersIn(state.queue)

export function shownState(state: LaneState): Session['state'] {
  if (state.asked.length > 0) return 'waiting'
  if (isBusy(state)) return state.stalled ? 'stalled' : 'running'
  if (state.held && state.queue.length > 0) return 'held'
  return state.failure === null ? 'idle' : 'failed'
}

/** The second line of a list. */
export function shownActivity(state: LaneState): NonNullable<Session['activity']> {
  const [asked] = state.asked
  return {
    since: asked ? asked.openedAt : state.since,
    ...(asked && { waiting_for: asked.request.tool }),
    ...(!asked && isBusy(state) && state.tool && { tool: state.tool }),
    ...(!isBusy(state) && state.failure !== null && { error: state.failure }),
    ...(!isBusy(state) && state.interrupted && { interrupted: true }),
    ...(state.costUsd > 0 && { cost_usd: wholeMicros(state.costUsd) }),
  }
}

/** What a list shows because of this fact; null when it shows the same as before. */
export function shownBy(fact: Fact, wasStalled: boolean, now: number): Partial<LaneState> | null {
  if (fact.type === 'log') return fact.data.code === 'stalled' ? { stalled: true } : null
  const stalled = wasStalled ? { stalled: false } : null
  if (fact.type !== 'progress' || fact.data.parent_tool_use_id) return stalled
  const { progress_type, tool } = fact.data
  if (progress_type === 'tool_start' && tool) return { tool, since: now, stalled: false }
  return stalled
}

/** What the relay wrote is for Claude: people read whose answer it carries, and its words where they are told. */
const shownPrompt = ({ messageId, userId, username, role, content, attachments, mode, queuedAt }: Waiting): QueuedPrompt => ({
  message_id: messageId,
  user_id: userId,
  username,
  ...(role === 'relay' && { role }),
  content: role === 'relay' ? '' : content,
  attachments,
  mode,
  queued_at: queuedAt,
})

/** A queue is told as a whole, so as a whole it has to fit a frame. */
const maxQueueBytes = 768 * 1024
export const fitsFrame = (sessionId: string, state: Pick<LaneState, 'queue' | 'held'>): boolean => Buffer.byteLength(JSON.stringify(queueOf(sessionId, state))) <= maxQueueBytes

export const heldByOf = ({ reason, userId, username }: Held): NonNullable<Queue['held_by']> => ({ reason, ...(userId && { user_id: userId, username }) })

/** The `queue` event: the whole list, and whether it is held. */
export const queueOf = (sessionId: string, { queue, held }: Pick<LaneState, 'queue' | 'held'>): Queue => ({
  session_id: sessionId,
  items: queue.map(shownPrompt),
  ...(held && { held_by: heldByOf(held) }),
})
