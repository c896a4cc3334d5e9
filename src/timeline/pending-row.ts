// The row that says "Claude is at work" while nothing else on the screen does.
import type { Timeline, TurnItem } from './timeline.ts'

/** Whether Claude is at work and nothing on the screen says so: no text being written, no call under way, nothing to answer. */
export function pendingOf(timeline: Timeline): { executionId: string; at: number; withHead: boolean } | null {
  const id = timeline.runningId
  const execution = id === null ? undefined : timeline.executions.findLast((each) => each.id === id)
  if (!execution || execution.status !== 'running') return null
  const last = timeline.items.at(-1)
  const turn = last?.kind === 'turn' && last.executionId === id ? last : null
  if (timeline.items.some((item) => item.kind === 'turn' && item.executionId === id && isBusy(item))) return null
  const newest = turn?.parts.at(-1)
  return { executionId: execution.id, at: newest?.at ?? execution.startedAt ?? 0, withHead: turn === null }
}

const isBusy = (turn: TurnItem) =>
  turn.parts.some((part) => {
    if (part.kind === 'tool') return part.state === 'running' || part.state === 'waiting'
    if (part.kind === 'text' || part.kind === 'thinking') return part.open
    return part.kind === 'trouble' && !part.solved
  })
