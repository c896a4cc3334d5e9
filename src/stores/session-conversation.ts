// The conversation of a session and what holds beside it: read as a whole, then carried on by what the relay tells.
import { shallowRef } from 'vue'
import type { SessionSnapshot } from '#protocol'
import { reduceAll } from '../timeline/reduce-timeline.ts'
import { EMPTY_TIMELINE, type Timeline, type TimelineFrame } from '../timeline/timeline.ts'
import { factsOf, reduceFacts, type SessionFacts } from './session-facts.ts'

export function createConversation() {
  const timeline = shallowRef<Timeline>(EMPTY_TIMELINE)
  const facts = shallowRef<SessionFacts | null>(null)

  return {
    ...{ timeline, facts },
    /** All of it anew. */
    load(snapshot: SessionSnapshot, frames: TimelineFrame[]): void {
      facts.value = frames.reduce(reduceFacts, factsOf(snapshot))
      timeline.value = reduceAll(frames)
    },
    take(frames: TimelineFrame[]): void {
      timeline.value = reduceAll(frames, timeline.value)
      if (facts.value) facts.value = frames.reduce(reduceFacts, facts.value)
    },
    /** What one may read no longer stays on no part of the page. */
    forget(): void {
      timeline.value = EMPTY_TIMELINE
      facts.value = null
    },
  }
}
