// A kept event as REST pages it → a frame for the reducer, checked against the contract.
import { KEPT, type KeptEvent, type KeptType } from '#protocol'
import type { TimelineFrame } from './timeline.ts'

/** What this browser cannot read (a newer relay, an odd row) becomes an `unknown` frame: kept visible, never dropped. */
export function readKeptEvent(event: KeptEvent): TimelineFrame {
  const parsed = Object.hasOwn(KEPT, event.type) ? KEPT[event.type as KeptType].safeParse(event.data) : null
  if (!parsed?.success) return { type: 'unknown', seq: event.seq, timestamp: event.timestamp, data: { type: event.type, data: event.data } }
  return { type: event.type, channel: event.channel, seq: event.seq, timestamp: event.timestamp, data: parsed.data } as TimelineFrame
}
