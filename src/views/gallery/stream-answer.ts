// Writes an answer of 20 KB into a timeline at 300 tokens a second, a frame at a time, as the relay's deltas would.
import type { ShallowRef } from 'vue'
import { reduceAll } from '../../timeline/reduce-timeline.ts'
import type { Timeline, TimelineFrame } from '../../timeline/timeline.ts'

const CHARS_PER_MS = (300 * 4) / 1000
const ANSWER_CHARS = 20_000

/** Begins at once; returns what stops it. */
export function streamAnswer(timeline: ShallowRef<Timeline>, korean: boolean): () => void {
  const text = answer(korean)
  const executionId = timeline.value.runningId ?? ''
  let written = 0
  let last: number | null = null
  let handle = requestAnimationFrame(step)

  function step(now: number) {
    const due = Math.min(text.length, written + Math.max(1, Math.round((now - (last ?? now)) * CHARS_PER_MS)))
    last = now
    const data = { session_id: 's1', execution_id: executionId, message_id: 'stream', content: text.slice(written, due), offset: written, stream: true, completed: false }
    timeline.value = reduceAll([{ type: 'claude_response', timestamp: 0, data } as TimelineFrame], timeline.value)
    written = due
    if (written < text.length) handle = requestAnimationFrame(step)
  }
  return () => cancelAnimationFrame(handle)
}

function answer(korean: boolean): string {
  const sentence = korean ? '버킷은 메모리에 있으며, 기다린 파트너는 `429` 없이 다시 응답을 받습니다. ' : 'Buckets live in memory, and a partner who waits is served again without a `429`. '
  const section = (at: number) =>
    `## ${at + 1}. token-bucket.ts\n\n${sentence.repeat(4)}\n\n- **${sentence.trim()}**\n- ${sentence}\n\n\`\`\`ts\n${Array.from({ length: 14 }, (_each, line) => `export const step${line} = (waitMs: number) => Math.ceil(waitMs / ${line + 1}) // ${at}`).join('\n')}\n\`\`\`\n\n| partner | calls |\n| --- | --- |\n| harbour | ${at} |\n| quay | ${at * 2} |\n\n`
  let text = ''
  for (let at = 0; text.length < ANSWER_CHARS; at++) text += section(at)
  return text
}
