// The one word at Claude's name while a turn goes on.
import { describeCall } from '../../timeline/describe-tool.ts'
import type { Part, Timeline } from '../../timeline/timeline.ts'

type Doing = 'answering' | 'editing' | 'working' | 'waiting' | 'thinkingTag'

/** Null for a stretch of work that is not the newest one of its turn. */
export function doingOf(timeline: Timeline, turnKey: string): Doing | null {
  const turn = timeline.items.findLast((item) => item.kind === 'turn')
  if (turn?.kind !== 'turn' || turn.key !== turnKey) return turnKey.startsWith('turn:pending:') ? 'working' : null
  return busy(turn.parts) ?? 'working'
}

function busy(parts: readonly Part[]): Doing | null {
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = parts[at]!
    if (part.kind === 'text' && part.open) return 'answering'
    if (part.kind === 'thinking' && part.open) return 'thinkingTag'
    if (part.kind !== 'tool') continue
    if (part.state === 'waiting') return 'waiting'
    if (part.state !== 'running') continue
    const { verb } = describeCall(part.tool, part.input)
    return verb === 'edit' || verb === 'write' ? 'editing' : 'working'
  }
  return null
}
