// Puts an older page of history before what is loaded, with the same result as if everything had been read from the start.
import { mapParts } from './place-part.ts'
import { reduceAll } from './reduce-timeline.ts'
import { shareUnchanged } from './share-unchanged.ts'
import type { Part, Past, TextPart, Timeline, TimelineFrame } from './timeline.ts'

/**
 * `frames`: the page that ends just before `timeline.firstSeq`, oldest first. An older event can say what a newer one
 * meant (which call ended, which task was renamed), so all is reduced again, then what is equal keeps its object.
 */
export function joinOlder(timeline: Timeline, frames: readonly TimelineFrame[]): Timeline {
  const older = frames.filter((frame) => frame.seq != null && (timeline.firstSeq === 0 || frame.seq < timeline.firstSeq))
  if (older.length === 0) return timeline
  const joined = reduceAll([...older, ...remembered(timeline.past)])
  const current = reopened(joined, timeline)
  return shareTimeline(timeline, { ...current, seq: Math.max(timeline.seq, current.seq), gap: timeline.gap })
}

function remembered(past: Past | null): TimelineFrame[] {
  const frames: TimelineFrame[] = []
  for (let cell = past; cell !== null; cell = cell.before) frames.push(cell.frame)
  return frames.reverse()
}

/** Few deltas are remembered: blocks that are still being written get the text that stood there. */
function reopened(joined: Timeline, before: Timeline): Timeline {
  const open = new Map<string, TextPart>()
  for (const item of before.items) if (item.kind === 'turn') collectOpen(item.parts, open)
  if (open.size === 0) return joined
  return mapParts(joined, null, (part) => {
    const known = open.get(part.key)
    return known && (part.kind === 'text' || part.kind === 'thinking') && part.open ? { ...part, text: known.text, gap: known.gap } : part
  })
}

function collectOpen(parts: readonly Part[], open: Map<string, TextPart>) {
  for (const part of parts) {
    if (part.kind === 'tool') collectOpen(part.parts, open)
    else if ((part.kind === 'text' || part.kind === 'thinking') && part.open) open.set(part.key, part)
  }
}

const shareTimeline = (before: Timeline, after: Timeline): Timeline => ({
  ...after,
  items: shareUnchanged(before.items, after.items),
  executions: shareUnchanged(before.executions, after.executions),
  todos: shareUnchanged(before.todos, after.todos),
  queue: shareUnchanged(before.queue, after.queue),
  context: shareUnchanged(before.context, after.context),
  waiting: shareUnchanged(before.waiting, after.waiting),
})
