// What a relay would tell after a card of an invented session was answered; on request the turn then fails.
import { reduceAll } from '../../timeline/reduce-timeline.ts'
import { waitingAsks } from '../../timeline/running-summary.ts'
import type { Timeline, TimelineFrame } from '../../timeline/timeline.ts'
import type { TimelineAnswer } from '../timeline/timeline-view.ts'

type Answering = {
  by: { user_id: string; username: string }
  /** ms since 1970 */
  now: number
  fails: boolean
}

export function answerStory(timeline: Timeline, { request_id, behavior, scope, rule, message, answers }: TimelineAnswer, { by, now, fails }: Answering): Timeline {
  const asked = waitingAsks(timeline).find(({ ask }) => ask.request.request_id === request_id)
  if (!asked) return timeline
  let seq = timeline.seq
  const frame = (type: string, data: object) => ({ type, seq: ++seq, timestamp: now, data: { session_id: 's1', execution_id: asked.executionId, ...data } }) as TimelineFrame
  const resolved = frame('permission_resolved', { request_id, tool_use_id: asked.part.toolUseId, status: behavior === 'allow' ? 'allowed' : 'denied', scope, rule, message, answers, ...by })
  if (!fails) return reduceAll([resolved], timeline)
  const retry = { level: 'warn', source: 'claude', code: 'api_retry', text: 'overloaded', args: { status: 529 } }
  const failed = { status: 'failed', origin: 'prompt', progress: 0, ended_at: now, error: { code: 'overloaded', message: 'overloaded' } }
  return reduceAll([resolved, frame('log', retry), frame('log', retry), frame('task', failed)], timeline)
}
