// Tool calls: a row when one begins, its result when it ends; anything not understood stays visible.
import type { Progress } from '#protocol'
import { addPart, emptyTool, findInThread, findTool, isTool, partAt, withPart } from './place-part.ts'
import { alive, reduceStats, withExecution } from './reduce-execution.ts'
import { reduceProblem } from './reduce-log.ts'
import type { Timeline, ToolPart, Unknown } from './timeline.ts'
import { isTodoTool, plainText, todosAfter } from './todo-list.ts'

type ProgressFrame = { seq?: number | null; timestamp: number; data: Progress }

export function reduceProgress(timeline: Timeline, frame: ProgressFrame): Timeline {
  const { data } = frame
  if (data.detail === 'unknown') return reduceUnknown(timeline, frame)
  if (data.progress_type === 'tool_start' && data.tool_use_id) return reduceToolStart(timeline, frame, data.tool_use_id)
  if (data.progress_type === 'tool_end' && data.tool_use_id) return reduceToolEnd(timeline, frame, data.tool_use_id)
  // With its figures comes the last word of a turn; how it ended is the task's to say.
  if (data.stats) return reduceStats(timeline, frame, data.stats)
  if (data.progress_type !== 'error') return timeline
  return reduceProblem(timeline, { ...frame, cause: codeOf(data), text: data.detail ?? '', executionId: data.execution_id })
}

const codeOf = ({ input }: Progress): string =>
  typeof input === 'object' && input !== null && 'code' in input && typeof input.code === 'string' ? input.code : 'error'

const placeOf = ({ data, seq, timestamp }: ProgressFrame) => ({
  executionId: data.execution_id,
  parentToolUseId: data.parent_tool_use_id ?? null,
  seq: seq ?? null,
  at: timestamp,
})

function reduceToolStart(timeline: Timeline, frame: ProgressFrame, toolUseId: string): Timeline {
  const { data } = frame
  const awake = alive(timeline, data.execution_id)
  const told = {
    tool: data.tool ?? '',
    input: data.input ?? null,
    inputCut: data.input_cut ?? null,
    editInfo: data.edit_info ?? null,
    detail: data.detail ?? null,
  }
  // Its permission request, or work of the agent that it starts, may have been told before it.
  const path = findInThread(awake.items, placeOf(frame), isTool(toolUseId))
  if (!path) return addPart(awake, placeOf(frame), { ...emptyTool(toolUseId, placeOf(frame)), ...told })
  return withPart(awake, path, { ...(partAt(awake.items, path) as ToolPart), ...told })
}

function reduceToolEnd(timeline: Timeline, frame: ProgressFrame, toolUseId: string): Timeline {
  const { data, timestamp: at } = frame
  const awake = alive(timeline, data.execution_id)
  const path = findInThread(awake.items, placeOf(frame), isTool(toolUseId)) ?? findTool(awake.items, data.execution_id, toolUseId)
  const known = path ? (partAt(awake.items, path) as ToolPart) : null
  const before = known ?? emptyTool(toolUseId, placeOf(frame))
  const failed = data.is_error ?? false
  const stopped = failed && (before.asks.at(-1)?.state === 'denied' || wasCutShort(data))
  const part: ToolPart = {
    ...before,
    tool: before.tool || (data.tool ?? ''),
    input: before.input ?? data.input ?? null,
    inputCut: before.inputCut ?? data.input_cut ?? null,
    editInfo: data.edit_info ?? before.editInfo,
    detail: data.detail ?? before.detail,
    output: data.output ?? null,
    outputCut: data.output_cut ?? null,
    state: stopped ? 'stopped' : failed ? 'failed' : 'done',
    endedAt: at,
    durationMs: data.duration_ms ?? (known ? at - before.at : null),
  }
  const placed = path ? withPart(awake, path, part) : addPart(awake, placeOf(frame), part)
  const counted = withExecution(placed, data.execution_id, (execution) => ({ ...execution, tools: counts(execution.tools, part.state) }))
  if (part.state !== 'done' || !isTodoTool(part.tool) || (data.parent_tool_use_id ?? null) !== null) return counted
  return { ...counted, todos: todosAfter(counted.todos, part, at, data.execution_id) }
}

/** A call that somebody stopped has not failed. The CLI ends it with these words. */
const CUT_SHORT = "The user doesn't want to proceed with this tool use"
const wasCutShort = (data: Progress) => data.detail === 'interrupted' || plainText(data.output).startsWith(CUT_SHORT)

function counts(tools: { done: number; failed: number }, state: ToolPart['state']) {
  if (state === 'done') return { ...tools, done: tools.done + 1 }
  return state === 'failed' ? { ...tools, failed: tools.failed + 1 } : tools
}

function reduceUnknown(timeline: Timeline, frame: ProgressFrame): Timeline {
  const place = placeOf(frame)
  const raw = frame.data.input
  const type = typeof raw === 'object' && raw !== null && 'type' in raw && typeof raw.type === 'string' ? raw.type : 'unknown'
  const name = frame.data.tool ?? type
  const part: Unknown = { kind: 'unknown', key: `unknown:${place.seq ?? place.at}`, seq: place.seq, at: place.at, name, data: raw ?? null }
  return addPart(timeline, place, part)
}
