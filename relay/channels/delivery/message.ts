// What travels through a lane, and its text on the wire.
import { frameOf, signalFrame, viewByLink, type StoredEvent } from '../../events/events.ts'

/** `publishedAt`: by `clock.elapsed`, when somebody wanted it told. Of joined deltas the first counts. */
export type EventMessage = {
  kind: 'event'
  event: Pick<StoredEvent, 'channel' | 'seq' | 'type' | 'data' | 'timestamp'>
  /** The message_id of the block that it completes. */
  completes: string | null
  publishedAt: number
}

export type SignalMessage = {
  kind: 'signal'
  channel: string
  type: string
  /** JSON text. */
  data: string
  timestamp: number
  /** While it waits, a later signal with the same key takes its place. */
  latestKey: string | null
  publishedAt: number
}

export type DeltaMessage = {
  kind: 'delta'
  channel: string
  type: string
  /** The message_id of its block. */
  block: string
  /** JSON text of the block's own fields without the closing brace. */
  head: string
  /** Where the piece begins, in UTF-16 units. */
  offset: number
  piece: string
  timestamp: number
  publishedAt: number
}

export type Message = EventMessage | SignalMessage | DeltaMessage

/** For a reader by share link; of signals, which are all about people, nothing. */
export const textByLink = (message: Message): string[] => (message.kind === 'signal' ? [] : [message.kind === 'event' ? frameOf(viewByLink(message.event)) : textOf(message)])

export function textOf(message: Message): string {
  if (message.kind === 'event') return frameOf(message.event)
  if (message.kind === 'signal') return signalFrame(message.channel, message.type, message.data, message.timestamp)
  const { channel, type, head, offset, piece, timestamp } = message
  const data = `${head},"content":${JSON.stringify(piece)},"offset":${offset},"stream":true,"completed":false}`
  return signalFrame(channel, type, data, timestamp)
}
