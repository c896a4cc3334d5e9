// Executions: begin, signs of life, end with the statistics line.
import type { Progress, Stats, Task } from '#protocol'
import { addPart, findPart, mapParts, partAt, replaceAt, withPart } from './place-part.ts'
import { todosAtRest } from './todo-list.ts'
import type { Author, Execution, Outcome, Part, Timeline, TurnItem } from './timeline.ts'

type Placed<Data> = { seq?: number | null; timestamp: number; data: Data }

export const authorOf = (data: { user_id?: string | null; username?: string | null }): Author | null =>
  data.username ? { userId: data.user_id ?? null, name: data.username } : null

export const isOver = (status: Task['status']): status is Outcome['status'] => status !== 'pending' && status !== 'running'

export function indexOfExecution(timeline: Timeline, id: string): number {
  for (let at = timeline.executions.length - 1; at >= 0; at--) if (timeline.executions[at]!.id === id) return at
  return -1
}

/** Of those that have begun, the one that did so last: prompts that wait become known in another order than they run. */
export const newestTurn = (timeline: Pick<Timeline, 'executions'>): Execution | null =>
  timeline.executions.reduce<Execution | null>((newest, each) => {
    if (each.status === 'cancelled' || each.status === 'pending') return newest
    return newest === null || (each.startedAt ?? 0) >= (newest.startedAt ?? 0) ? each : newest
  }, null)

const unknown = (id: string): Execution => ({
  id,
  status: 'running',
  origin: 'prompt',
  reason: null,
  by: null,
  promptId: null,
  startedAt: null,
  endedAt: null,
  stalledAt: null,
  troubled: false,
  error: null,
  stats: null,
  tools: { done: 0, failed: 0 },
})

/** What an operator finds this execution by in the log. */
export const traceOf = (timeline: Timeline, id: string): string => timeline.executions[indexOfExecution(timeline, id)]?.trace ?? id

export function withExecution(timeline: Timeline, id: string, change: (execution: Execution) => Execution): Timeline {
  const index = indexOfExecution(timeline, id)
  const before = timeline.executions[index]
  const after = change(before ?? unknown(id))
  if (after === before) return timeline
  const executions = before ? replaceAt(timeline.executions, index, after) : [...timeline.executions, after]
  // Told of without its beginning (an older page): what still moves is running.
  const runningId = before === undefined && !isOver(after.status) ? id : timeline.runningId
  return { ...timeline, executions, runningId }
}

/** Claude did something: silence and trouble of this execution are over. */
export function alive(timeline: Timeline, id: string): Timeline {
  const execution = timeline.executions[indexOfExecution(timeline, id)]
  if (!execution) return withExecution(timeline, id, (each) => each)
  if (execution.stalledAt === null && !execution.troubled) return timeline
  return solved(withExecution(timeline, id, (each) => ({ ...each, stalledAt: null, troubled: false })), id)
}

const solved = (timeline: Timeline, id: string) =>
  mapParts(timeline, id, (part) => (part.kind === 'trouble' && !part.solved ? { ...part, solved: true } : part))

export function reduceTask(timeline: Timeline, { data, seq, timestamp }: Placed<Task>): Timeline {
  const id = data.execution_id
  const next = withExecution(timeline, id, (execution) => ({
    ...execution,
    status: data.status,
    origin: data.origin,
    reason: data.reason ?? null,
    by: authorOf(data),
    promptId: data.message_id ?? null,
    startedAt: data.started_at ?? execution.startedAt,
    endedAt: data.ended_at ?? null,
    error: data.error ?? null,
    stalledAt: null,
    ...(data.trace_id && { trace: data.trace_id }),
  }))
  const runningId = runningOf(next.executions)
  if (!isOver(data.status)) return { ...next, runningId }
  if (data.status === 'cancelled') return { ...next, runningId }
  return addOutcome({ ...next, runningId, todos: runningId === null ? todosAtRest(next.todos) : next.todos }, data.status, id, { seq: seq ?? null, at: timestamp })
}

/** A prompt that waits in the queue is pending: nothing runs because of it, least of all while the queue is held. */
const runningOf = (executions: readonly Execution[]): string | null => executions.findLast((each) => each.status === 'running')?.id ?? null

/** What was open when the turn ended will not go on. */
function closed(part: Part, at: number): Part {
  if ((part.kind === 'text' || part.kind === 'thinking') && part.open) return { ...part, open: false, interrupted: true }
  if (part.kind !== 'tool' || (part.state !== 'running' && part.state !== 'waiting')) return part
  // An open request is a row of the relay and outlives the turn: its card stays.
  return part.asks.some((ask) => ask.state === 'open') ? part : { ...part, state: 'stopped', endedAt: at }
}

function addOutcome(timeline: Timeline, status: Outcome['status'], id: string, { seq, at }: { seq: number | null; at: number }): Timeline {
  const execution = timeline.executions[indexOfExecution(timeline, id)]!
  const failed = status !== 'completed'
  let tries = 1
  const settled = mapParts(timeline, id, (part) => {
    if (part.kind !== 'trouble') return closed(part, at)
    if (failed && part.cause.startsWith('api_retry')) tries += part.count
    return part.solved ? part : { ...part, solved: true }
  })
  const part: Outcome = {
    kind: 'outcome',
    key: `outcome:${id}`,
    seq,
    at,
    executionId: id,
    status,
    reason: execution.reason,
    by: status === 'interrupted' && execution.reason === 'person' ? heldBy(timeline) : null,
    error: execution.error,
    stats: execution.stats,
    durationMs: execution.stats?.duration_ms ?? timeOf(execution),
    tries,
  }
  // An error told just before as its end is the end's own: one card, not two.
  const path = findPart(settled.items, id, (each) => each.kind === 'trouble' && each.text === execution.error?.message)
  const last = settled.items.length - 1
  const twice = path?.[0] === last && path[1] === (settled.items[last] as TurnItem).parts.length - 1
  return twice ? withPart(settled, path, part) : addPart(settled, { executionId: id, parentToolUseId: null, seq, at }, part)
}

const timeOf = ({ startedAt, endedAt }: Execution): number | null => (startedAt !== null && endedAt !== null ? endedAt - startedAt : null)

const heldBy = (timeline: Timeline): Author | null => {
  const held = timeline.queue?.held_by
  return held?.reason === 'person' ? authorOf(held) : null
}

/** A stop holds the queue in the stopper's name; that may be told just after the end of the turn. */
export function reduceHold(timeline: Timeline): Timeline {
  const by = heldBy(timeline)
  const last = newestTurn(timeline)
  if (!by || last?.status !== 'interrupted' || last.reason !== 'person') return timeline
  const path = findPart(timeline.items, last.id, (part) => part.kind === 'outcome')
  const outcome = path ? (partAt(timeline.items, path) as Outcome) : null
  return path && outcome && outcome.executionId === last.id && !outcome.by ? withPart(timeline, path, { ...outcome, by }) : timeline
}

/** The figures of a turn; they come with its last progress event, before or after its end. */
export function reduceStats(timeline: Timeline, { data }: Placed<Progress>, stats: Stats): Timeline {
  const id = data.execution_id
  const next = withExecution(timeline, id, (execution) => ({ ...execution, stats }))
  const told = { tokens: stats.context_tokens, limit: stats.context_limit, model: stats.model }
  const context = told.limit > 0 ? told : timeline.context
  const path = findPart(timeline.items, id, (part) => part.kind === 'outcome' && part.executionId === id)
  if (!path) return { ...next, context }
  const outcome = partAt(next.items, path) as Outcome
  return { ...withPart(next, path, { ...outcome, stats, durationMs: stats.duration_ms }), context }
}
