// The pure heart of the chat: a timeline and one more frame make the next timeline. What did not change is the same object.
import type { Log } from '#protocol'
import { itemOf, unknownItem } from './items.ts'
import { addItem } from './place-part.ts'
import { reduceRequest, reduceResolved } from './reduce-ask.ts'
import { type BlockFrame, reduceBlock } from './reduce-block.ts'
import { reduceHold, reduceTask } from './reduce-execution.ts'
import { reduceLog, solveItems } from './reduce-log.ts'
import { reduceProgress } from './reduce-tool.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineFrame } from './timeline.ts'

/**
 * Takes frames of one session's channel in order. A kept event that was taken already changes nothing; deltas carry
 * their own place. Frames that are no part of the conversation only move `seq`.
 */
export function reduceTimeline(timeline: Timeline, frame: TimelineFrame): Timeline {
  const seq = frame.seq ?? null
  if (seq !== null && timeline.seq !== 0 && seq <= timeline.seq) return timeline
  const changed = reduceFrame(timeline, frame)
  if (seq === null) return changed === timeline ? timeline : remember(timeline, changed, frame)
  const next = { ...changed, seq, firstSeq: timeline.firstSeq === 0 ? seq : timeline.firstSeq }
  return ELSEWHERE.has(frame.type) ? next : remember(timeline, next, frame)
}

export const reduceAll = (frames: Iterable<TimelineFrame>, from: Timeline = EMPTY_TIMELINE): Timeline => {
  let timeline = from
  for (const frame of frames) timeline = reduceTimeline(timeline, frame)
  return timeline
}

/** Kept events of the session that are shown elsewhere. All others are remembered: what says nothing now may once an older page is here. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'session',
  'participant_joined',
  'participant_left',
  'file_uploaded',
  'file_shared',
  'file_deleted',
])

/** Deltas are not for ever: `reduceBlock` remembers those that matter, above all the first of a block, which holds its place. */
function remember(before: Timeline, after: Timeline, frame: TimelineFrame): Timeline {
  const delta = (frame.type === 'claude_response' || frame.type === 'thinking') && !frame.data.completed
  return delta ? after : { ...after, past: { frame, before: before.past } }
}

function reduceFrame(timeline: Timeline, frame: TimelineFrame): Timeline {
  switch (frame.type) {
    case 'claude_response':
    case 'thinking':
      return reduceBlock(timeline, frame as BlockFrame)
    case 'progress':
      return reduceProgress(timeline, frame)
    case 'message':
      return addItem(timeline, itemOf(frame.data, frame.seq ?? null, frame.timestamp))
    case 'permission_request':
      return 'kind' in frame.data ? reduceRequest(timeline, { ...frame, data: frame.data }) : timeline
    case 'permission_resolved':
      return reduceResolved(timeline, frame)
    case 'task': {
      const next = reduceTask(timeline, frame)
      return frame.data.status === 'completed' ? solveItems(next) : next
    }
    case 'log':
      return reduceLog(timeline, frame as typeof frame & { data: Log })
    case 'queue':
      return reduceHold({ ...timeline, queue: frame.data })
    case 'unknown':
      return addItem(timeline, unknownItem(frame))
    default:
      return timeline
  }
}
