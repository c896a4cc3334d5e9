// Text and thinking as they are written: deltas by offset, then the whole block, which is the last word.
import type { Block } from '#protocol'
import { alive, indexOfExecution } from './reduce-execution.ts'
import { addPart, findInThread, partAt, withPart } from './place-part.ts'
import type { TextPart, Timeline, TimelineFrame } from './timeline.ts'

export type BlockFrame = { type: 'claude_response' | 'thinking'; seq?: number | null; timestamp: number; data: Block }

export function reduceBlock(timeline: Timeline, frame: BlockFrame): Timeline {
  const { data, timestamp: at } = frame
  const kind = frame.type === 'thinking' ? 'thinking' : 'text'
  const thread = { executionId: data.execution_id, parentToolUseId: data.parent_tool_use_id ?? null }
  const path = findInThread(timeline.items, thread, (part) => part.kind === kind && part.messageId === data.message_id)
  const before = path ? (partAt(timeline.items, path) as TextPart) : null
  const part = data.completed ? completed(before, frame, kind) : grown(before, frame, kind)
  if (part === before || part === null) return timeline
  // What was cut off is told when the next try begins: no sign of life.
  const awake = data.interrupted ? timeline : alive(timeline, data.execution_id)
  const place = { ...thread, seq: part.seq, at }
  const placed = path ? withPart(awake, path, part) : addPart(awake, place, part)
  const execution = timeline.executions[indexOfExecution(timeline, data.execution_id)]
  const matters = !path || execution?.stalledAt != null || execution?.troubled
  // Deltas have no seq, so nobody else remembers those that began a block or ended a silence.
  const next = matters && !data.completed ? { ...placed, past: { frame: frame as TimelineFrame, before: timeline.past } } : placed
  const gap = part.gap || (timeline.gap && !(before?.gap ?? false))
  return gap === next.gap ? next : { ...next, gap }
}

function completed(before: TextPart | null, { data, seq, timestamp }: BlockFrame, kind: TextPart['kind']): TextPart {
  return {
    ...(before ?? fresh(data.message_id, kind, timestamp)),
    seq: before?.seq ?? seq ?? null,
    text: data.content,
    open: false,
    interrupted: data.interrupted ?? false,
    gap: false,
    durationMs: data.duration_ms ?? null,
  }
}

const fresh = (messageId: string, kind: TextPart['kind'], at: number): TextPart => ({
  kind,
  key: `block:${messageId}`,
  seq: null,
  at,
  messageId,
  text: '',
  open: true,
  interrupted: false,
  gap: false,
  durationMs: null,
})

/** Null when there is nothing to show: a late delta of a block of which nothing else is known is shown with its gap. */
function grown(before: TextPart | null, { data, timestamp }: BlockFrame, kind: TextPart['kind']): TextPart | null {
  if (before && !before.open) return before
  const part = before ?? fresh(data.message_id, kind, timestamp)
  const offset = data.offset ?? part.text.length
  if (offset === 0) {
    // A replay of the block from its start. A mere repeat of what stands here changes nothing.
    if (before && !part.gap && part.text.startsWith(data.content)) return before
    return { ...part, text: data.content, gap: false }
  }
  if (offset > part.text.length) return part.gap && before ? before : { ...part, gap: true }
  const more = data.content.slice(part.text.length - offset)
  // After a gap nothing can be added until the block is told from its start.
  if (part.gap || (more === '' && before)) return part
  return { ...part, text: part.text + more }
}
