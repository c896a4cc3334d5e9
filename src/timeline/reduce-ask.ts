// Permissions, questions and plans: a card at the call it is about, until somebody has answered.
import type { PermissionRequest, PermissionResolved } from '#protocol'
import { addPart, emptyTool, findInThread, findTool, isTool, partAt, replaceAt, withPart } from './place-part.ts'
import { authorOf, indexOfExecution, isOver } from './reduce-execution.ts'
import type { Ask, Timeline, ToolPart, ToolState } from './timeline.ts'

type Placed<Data> = { seq?: number | null; timestamp: number; data: Data }

export function reduceRequest(timeline: Timeline, { data, seq, timestamp: at }: Placed<PermissionRequest>): Timeline {
  const thread = { executionId: data.execution_id, parentToolUseId: data.parent_tool_use_id ?? null }
  const path = findInThread(timeline.items, thread, isTool(data.tool_use_id))
  const before = path ? (partAt(timeline.items, path) as ToolPart) : null
  // The same request comes with the session's snapshot and again with its page of history.
  if (before?.asks.some((ask) => ask.request.request_id === data.request_id)) return timeline
  const ask: Ask = { key: `ask:${data.request_id}`, at, request: data, state: 'open', resolved: null }
  const waiting = [...timeline.waiting, data.request_id]
  if (path && before) return { ...withPart(timeline, path, { ...before, state: 'waiting', asks: [...before.asks, ask] }), waiting }
  const place = { ...thread, seq: seq ?? null, at }
  const part: ToolPart = { ...emptyTool(data.tool_use_id, place), tool: data.tool, input: data.input, state: 'waiting', asks: [ask] }
  return { ...addPart(timeline, place, part), waiting }
}

export function reduceResolved(timeline: Timeline, { data, timestamp: at }: Placed<PermissionResolved>): Timeline {
  const waiting = timeline.waiting.includes(data.request_id) ? timeline.waiting.filter((id) => id !== data.request_id) : timeline.waiting
  const path = findTool(timeline.items, data.execution_id, data.tool_use_id)
  const tool = path ? (partAt(timeline.items, path) as ToolPart) : null
  const index = tool?.asks.findIndex((ask) => ask.request.request_id === data.request_id) ?? -1
  // Its card is on an older page, which will bring the answer with it.
  if (!path || !tool || index === -1) return waiting === timeline.waiting ? timeline : { ...timeline, waiting }
  const asked = tool.asks[index]!
  // What runs is what was allowed, not what was asked for.
  const changed = data.updated_input == null ? null : { input: data.updated_input, editInfo: null }
  const request = changed ? { ...asked.request, input: changed.input } : asked.request
  const ask: Ask = { ...asked, request, state: data.status, resolved: { by: authorOf(data), at, details: data } }
  const execution = timeline.executions[indexOfExecution(timeline, data.execution_id)]
  const over = execution !== undefined && isOver(execution.status)
  const state = tool.state === 'waiting' ? stateAfter(data.status, over) : tool.state
  const endedAt = state === 'stopped' && tool.state === 'waiting' ? at : tool.endedAt
  return { ...withPart(timeline, path, { ...tool, ...changed, state, endedAt, asks: replaceAt(tool.asks, index, ask) }), waiting }
}

/** Allowed after its turn has ended: another turn makes the call again, this one never went on. */
const stateAfter = (status: PermissionResolved['status'], over: boolean): ToolState =>
  status === 'allowed' && !over ? 'running' : 'stopped'
