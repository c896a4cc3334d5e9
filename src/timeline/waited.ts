// For how long work waited for people: that is not its time.
import type { Ask, Part, Timeline } from './timeline.ts'

/** Within `from` and `until`, ms since 1970. What waits at the same time counts once. */
export function waitedMs(asks: readonly Ask[], from: number, until: number): number {
  let waited = 0
  let upTo = from
  for (const ask of asks.toSorted((one, other) => one.at - other.at)) {
    const end = Math.min(until, ask.resolved?.at ?? until)
    waited += Math.max(0, end - Math.max(upTo, ask.at))
    upTo = Math.max(upTo, end)
  }
  return waited
}

export const asksIn = (parts: readonly Part[]): Ask[] => parts.flatMap((part) => (part.kind === 'tool' ? [...part.asks, ...asksIn(part.parts)] : []))

/** Of a turn: 0 while it is not known when it began or ended. */
export function waitedInTurn({ items, executions }: Timeline, executionId: string): number {
  const turn = executions.findLast((each) => each.id === executionId)
  if (!turn?.startedAt || !turn.endedAt) return 0
  return waitedMs(items.flatMap((item) => (item.kind === 'turn' && item.executionId === executionId ? asksIn(item.parts) : [])), turn.startedAt, turn.endedAt)
}
