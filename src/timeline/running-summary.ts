// What is going on, in one glance: for the Now panel, the phone's strip, the tab title and the status for screen readers.
import { describeCall, type ToolDescription } from './describe-tool.ts'
import { newestTurn } from './reduce-execution.ts'
import type { Ask, Author, Context, Execution, Part, Timeline, ToolPart, TurnItem } from './timeline.ts'
import { stepsOf } from './todo-list.ts'

export type Activity =
  | { kind: 'starting' }
  | { kind: 'thinking'; since: number }
  | { kind: 'answering'; since: number }
  | { kind: 'tool'; part: ToolPart; call: Pick<ToolDescription, 'icon' | 'verb' | 'target'>; since: number }

export type RunningSummary = {
  /** `idle`: nothing has run yet. The last four are how the last turn ended. */
  state: 'idle' | 'running' | 'waiting' | 'stalled' | 'done' | 'failed' | 'stopped' | 'interrupted'
  execution: Execution | null
  activity: Activity | null
  /** Cards that wait, oldest first. */
  waiting: readonly WaitingAsk[]
  /** Null without tasks: then there is no honest bar. `at` counts from 1; while nothing runs it is how many are done. */
  steps: { at: number; total: number; done: number; current: string | null } | null
  tools: { done: number; failed: number; running: number }
  startedAt: number | null
  /** Null while it runs. */
  endedAt: number | null
  /** Since when nothing has come, while stalled. */
  quietSince: number | null
  stoppedBy: Author | null
  context: Context | null
  /** Prompts that wait in the queue. */
  queued: number
}
export type WaitingAsk = { ask: Ask; part: ToolPart; executionId: string; turnKey: string }

export function summariseRunning(timeline: Timeline): RunningSummary {
  const execution = timeline.executions.findLast((each) => each.id === timeline.runningId) ?? newestTurn(timeline)
  const waiting = waitingAsks(timeline)
  const running = execution?.status === 'running'
  const parts = execution ? partsOf(timeline, execution.id) : []
  const activity = running ? activityOf(parts) : null
  const list = stepsOf(timeline.todos)
  const ours = list.total > 0 && (list.done < list.total || timeline.todos.executionId === execution?.id)
  const outcome = parts.findLast((part) => part.kind === 'outcome')
  return {
    state: stateOf(execution, waiting),
    execution,
    activity,
    waiting,
    steps: ours ? { at: running ? list.at : list.done, total: list.total, done: list.done, current: list.current?.activeForm ?? list.current?.content ?? null } : null,
    tools: { done: execution?.tools.done ?? 0, failed: execution?.tools.failed ?? 0, running: running ? countRunning(parts) : 0 },
    startedAt: execution?.startedAt ?? null,
    endedAt: execution?.endedAt ?? null,
    quietSince: execution?.stalledAt ?? null,
    stoppedBy: outcome?.kind === 'outcome' ? outcome.by : null,
    context: timeline.context,
    queued: timeline.queue?.items.length ?? 0,
  }
}

/** Only the newest turn, whatever ended it. While Claude asks something, the answer is the way on; where prompts wait, they are. */
export const canBeContinued = (timeline: Timeline, executionId: string): boolean =>
  timeline.runningId === null && timeline.waiting.length === 0 && newestTurn(timeline)?.id === executionId && timeline.executions.every((each) => each.status !== 'pending')

function stateOf(execution: Execution | null, waiting: readonly WaitingAsk[]): RunningSummary['state'] {
  if (waiting.length > 0) return 'waiting'
  if (execution === null) return 'idle'
  if (execution.status === 'running') return execution.stalledAt === null ? 'running' : 'stalled'
  if (execution.status === 'completed') return 'done'
  if (execution.status === 'failed') return 'failed'
  return execution.reason === 'person' || execution.reason === 'steer' ? 'stopped' : 'interrupted'
}

const partsOf = (timeline: Timeline, executionId: string): readonly Part[] =>
  timeline.items.filter((item) => item.kind === 'turn' && item.executionId === executionId).flatMap((turn) => (turn as TurnItem).parts)

/** The newest thing that is not over; of an agent, the agent itself. */
function activityOf(parts: readonly Part[]): Activity {
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = parts[at]!
    if (part.kind === 'thinking' && part.open) return { kind: 'thinking', since: part.at }
    if (part.kind === 'text' && part.open) return { kind: 'answering', since: part.at }
    if (part.kind === 'tool' && part.state === 'running') {
      return { kind: 'tool', part, call: describeCall(part.tool, part.input), since: part.at }
    }
  }
  return { kind: 'starting' }
}

const countRunning = (parts: readonly Part[]): number =>
  parts.reduce((count, part) => (part.kind === 'tool' ? count + (part.state === 'running' ? 1 : 0) + countRunning(part.parts) : count), 0)

/** The cards that wait, oldest first, with where they stand. */
export function waitingAsks(timeline: Timeline): readonly WaitingAsk[] {
  if (timeline.waiting.length === 0) return []
  const found = new Map<string, WaitingAsk>()
  const visit = (parts: readonly Part[], executionId: string, turnKey: string) => {
    for (const part of parts) {
      if (part.kind !== 'tool') continue
      for (const ask of part.asks) if (ask.state === 'open') found.set(ask.request.request_id, { ask, part, executionId, turnKey })
      visit(part.parts, executionId, turnKey)
    }
  }
  for (const item of timeline.items) if (item.kind === 'turn') visit(item.parts, item.executionId, item.key)
  return timeline.waiting.flatMap((id) => found.get(id) ?? [])
}
