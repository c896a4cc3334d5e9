// What the beginning and the end of a turn write and tell: pure builders over a draft and the lane's state.
import { userChannel, type Message, type PermissionResolved, type Progress, type Stats } from '#protocol'
import type { PartialBlock } from '../channels/channels.ts'
import { cutTexts } from './cut-texts.ts'
import type { Draft } from './draft.ts'
import { advance, take, taskOf, type Execution, type Step } from './execution-state.ts'
import { queueOf, type Held, type LaneState, type OpenRequest } from './lane-state.ts'
import { move, without, type Waiting, type WaitingList } from './queue.ts'
import { deleteWaiting, insertExecution, insertWaiting, keepOutcome, keepProgress, resolveRequest, settleExecution, stepExecution, updateWaiting, type Resolution } from './rows.ts'

type Next = Partial<LaneState>

export const messageOf = (sessionId: string, prompt: Waiting, executionId: string, steered: boolean): Message => ({
  session_id: sessionId,
  message_id: prompt.messageId,
  role: prompt.role,
  user_id: prompt.userId,
  username: prompt.username,
  content: prompt.content,
  attachments: prompt.attachments,
  execution_id: executionId,
  ...(steered && { steered }),
})

/** The execution of a prompt that waits. */
export const pendingOf = (sessionId: string, prompt: Waiting): Execution => ({
  id: prompt.executionId,
  sessionId,
  messageId: prompt.messageId,
  userId: prompt.goesOn?.userId ?? prompt.userId,
  username: prompt.goesOn?.username ?? prompt.username,
  origin: 'prompt',
  status: 'pending',
  reason: null,
  progress: 0,
  createdAt: prompt.queuedAt,
  startedAt: null,
  endedAt: null,
  error: null,
  trace: prompt.trace,
  continues: prompt.goesOn?.after ?? [],
})

/** The whole list, as it is from this commit on. */
export const tellQueue = (draft: Draft, state: Pick<LaneState, 'queue' | 'held'>): Draft => draft.tell('queue', queueOf(draft.sessionId, state))

const began = (draft: Draft, execution: Execution): void => {
  const progress: Progress = { progress_type: 'start', session_id: execution.sessionId, execution_id: execution.id }
  draft.tell('task', taskOf(execution), execution.id).tell('progress', progress, execution.id)
}

/** A prompt's turn begins: from the queue with its pending execution, or at once. */
export function beginTurn(draft: Draft, state: LaneState, prompt: Waiting, now: number): Next {
  const waited = state.queue.some((each) => each.messageId === prompt.messageId)
  const pending = pendingOf(draft.sessionId, prompt)
  const turn = take(pending, { to: 'running' }, now)!
  if (waited && prompt.mode === 'queue') {
    draft.add(stepExecution(turn, { to: 'running' }), settleExecution(turn.id, prompt.content, state.head))
  } else {
    draft.add(insertExecution(turn, prompt.content, state.head))
  }
  if (waited) draft.add(deleteWaiting(prompt.messageId))
  draft.tell('message', messageOf(draft.sessionId, prompt, turn.id, false), turn.id)
  began(draft, turn)
  const queue = without(state.queue, prompt.messageId)
  if (waited) tellQueue(draft, { ...state, queue })
  return { queue, turn, ...afresh(now) }
}

/** A turn without a prompt of a person: a command such as compact, or Claude's own, then `by` nobody and without words. */
export function beginSilently(draft: Draft, state: LaneState, { executionId: id, trace }: { executionId: string; trace: string | null }, by: { userId: string; name: string } | null, words: string | null, now: number): Next & { turn: Execution } {
  const unprompted = { id, sessionId: draft.sessionId, messageId: null, userId: by?.userId ?? null, username: by?.name ?? null, origin: by ? 'prompt' : 'background' } as const
  const turn: Execution = { ...unprompted, status: 'running', reason: null, progress: 0, createdAt: now, startedAt: now, endedAt: null, error: null, trace, continues: [] }
  draft.add(insertExecution(turn, words, state.head))
  began(draft, turn)
  return { turn, ...afresh(now) }
}

/** The running turn is told anew, should it have come further than was told. */
export function tellProgress(draft: Draft, state: LaneState, executionId: string | null, progress: number): Next {
  const further = state.turn?.id === executionId ? advance(state.turn!, progress) : null
  if (!further) return {}
  draft.add(keepProgress(further)).tell('task', taskOf(further), further.id)
  return { turn: further }
}

/** What lists show of a turn that has just begun. */
const afresh = (now: number) => ({ failure: null, interrupted: false, stalled: false, tool: null, since: now })

/** A prompt waits: its execution is pending from now on, unless it is to be folded into the running one. */
export function enqueue(draft: Draft, list: WaitingList, messageId: string): void {
  const prompt = list.find((each) => each.messageId === messageId)!
  draft.add(insertWaiting(draft.sessionId, prompt))
  if (prompt.mode === 'queue') pendingInto(draft, prompt)
}

function pendingInto(draft: Draft, prompt: Waiting): void {
  const pending = pendingOf(draft.sessionId, prompt)
  draft.add(insertExecution(pending, prompt.content, null)).tell('task', taskOf(pending), pending.id)
}

/** Steers that were not taken wait like all others of the list, each with an execution of its own. */
export function requeueSteers(draft: Draft, list: WaitingList, steers: readonly Waiting[], newId: () => string): WaitingList {
  return list.map((each) => {
    if (!steers.includes(each)) return each
    const prompt = { ...each, executionId: newId() }
    draft.add(updateWaiting(prompt))
    pendingInto(draft, prompt)
    return prompt
  })
}

/** A prompt that waits is to be the next one. The same list when it does not wait, or is the first already. */
export function putFirst(draft: Draft, list: WaitingList, messageId: string): WaitingList {
  const changed = move(list, messageId, list[0]?.messageId ?? null)
  if (changed) draft.add(...changed.moved.map(updateWaiting))
  return changed?.list ?? list
}

/** Until somebody continues. When nothing waits there is nothing to hold. */
export function holdQueue<S extends Pick<LaneState, 'queue' | 'held'>>(draft: Draft, state: S, held: Held): S {
  if (state.queue.length === 0) return state
  const after = { ...state, held }
  tellQueue(draft, after)
  return after
}

/** A waiting prompt will never run. */
export function cancelWaiting(draft: Draft, prompt: Waiting, now: number): void {
  draft.add(deleteWaiting(prompt.messageId))
  if (prompt.mode === 'steer') return
  const cancelled = take(pendingOf(draft.sessionId, prompt), { to: 'cancelled' }, now)!
  draft.add(stepExecution(cancelled, { to: 'cancelled' })).tell('task', taskOf(cancelled), cancelled.id)
}

/** Text that was being written when the turn was cut off stays readable. */
function completeBlocks(draft: Draft, partial: PartialBlock[]): void {
  for (const { type, task, data, content } of partial) {
    draft.tell(type, { ...data, content, stream: false, completed: true, interrupted: true }, task)
  }
}

export function resolve(draft: Draft, open: OpenRequest, resolution: Resolution, now: number): void {
  const { request } = open
  const { status, by, decision } = resolution
  const resolved: PermissionResolved = {
    request_id: request.request_id,
    session_id: request.session_id,
    execution_id: request.execution_id,
    tool_use_id: request.tool_use_id,
    status,
    ...(by && { user_id: by.userId, username: by.name }),
    ...(decision && { scope: decision.scope }),
    ...(decision?.rules[0] && { rule: decision.rules[0] }),
    ...(decision?.message && { message: decision.message }),
    ...(decision?.answers && { answers: decision.answers }),
    ...(decision?.updatedInput && request.kind === 'tool' && { updated_input: cutTexts(decision.updatedInput) }),
  }
  draft.add(resolveRequest(request.request_id, resolution, now)).tell('permission_resolved', resolved, request.execution_id)
}

export const withdrawn: Resolution = { status: 'withdrawn', by: null, decision: null, pass: null }

export type TurnEnd = {
  step: Step
  stats: Stats | null
  conversationId: string | null
  lastEntry: string | null
  partial: PartialBlock[]
  /** Claude has told the end as its last progress. */
  told: boolean
  /** Its open requests end with it; a turn whose process died leaves them open. */
  withdraws: boolean
}

/** The turn is over: its text, its requests, its numbers, its task, and the word to its author. */
export function endTurn(draft: Draft, state: LaneState, turn: Execution, end: TurnEnd, now: number): Next {
  const { step, stats } = end
  const over = take(turn, step, now)!
  const ids = { session_id: turn.sessionId, execution_id: turn.id }
  completeBlocks(draft, end.partial)
  const asked = state.asked.filter((each) => {
    if (!end.withdraws || each.request.execution_id !== turn.id) return true
    resolve(draft, each, withdrawn, now)
    return false
  })
  // Claude tells how its turn ended; of a turn that it never took, or died in, nobody else does.
  if (!end.told && 'error' in step && step.error) draft.tell('progress', { progress_type: 'error', ...ids, is_error: true, detail: step.error.message }, turn.id)
  draft.add(stepExecution(over, step), keepOutcome(turn.id, end)).tell('task', taskOf(over), turn.id)
  if (turn.userId) draft.tellIn(userChannel(turn.userId), 'finished', { ...ids, status: over.status })
  return {
    ...(state.turn?.id === turn.id ? { turn: null } : { beside: null }),
    asked,
    failure: step.to === 'failed' ? step.error.message : null,
    interrupted: step.to === 'interrupted',
    stalled: false,
    tool: null,
    since: now,
    costUsd: state.costUsd + (stats?.cost_usd ?? 0),
    head: end.lastEntry ? turn.id : state.head,
  }
}
