// The row that says "Claude is at work" while nothing else on the screen does.
import type { LineRow } from './rows.ts'
import type { Timeline, TurnItem } from './timeline.ts'

/** Only while Claude is at work and nothing on the screen says so: no text being written, no call under way, nothing to answer. */
export function pendingLines(timeline: Timeline): LineRow[] {
  const id = timeline.runningId
  const execution = id === null ? undefined : timeline.executions.findLast((each) => each.id === id)
  if (!execution || execution.status !== 'running') return []
  const last = timeline.items.at(-1)
  const turn = last?.kind === 'turn' && last.executionId === id ? last : null
  if (timeline.items.some((item) => item.kind === 'turn' && item.executionId === id && isBusy(item))) return []
  const newest = turn?.parts.at(-1)
  const at = newest?.at ?? execution.startedAt ?? 0
  const pending: LineRow = { kind: 'pending', key: `pending:${execution.id}`, executionId: execution.id, at }
  if (turn !== null) return [pending]
  // Nothing of the turn is there so far: Claude's name stands over it already.
  const key = `turn:pending:${execution.id}`
  return [{ kind: 'turn', key, at, turnKey: key, executionId: execution.id, superseded: false }, pending]
}

const isBusy = (turn: TurnItem) =>
  turn.parts.some((part) => {
    if (part.kind === 'tool') return part.state === 'running' || part.state === 'waiting'
    if (part.kind === 'text' || part.kind === 'thinking') return part.open
    return part.kind === 'trouble' && !part.solved
  })
