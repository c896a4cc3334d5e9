// Everything the relay may say to a browser: answers, kept events (with seq), signals (without).
import * as z from 'zod/mini'
import { errorData } from './errors.ts'
import { entityId, optional, sessionRole } from './ids.ts'
import { fileUploaded, KEPT, participant, userCard } from './session-events.ts'
import { message, permissionRequest, queue } from './turn-events.ts'
import { SIGNALS, cursorMoved } from './signals.ts'

export const connected = z.object({
  connection_id: z.string(),
  user: userCard,
  protocol: z.number(),
  epoch: z.string(),
  heartbeat_ms: z.number(),
  limits: z.object({ frame_bytes: z.number(), messages_per_second: z.number(), upload_bytes: z.number() }),
})

/** What `subscribe` and `join_collaboration` answer. `from`: the first seq that follows, null when nothing is replayed. */
export const subscribed = z.object({
  channel: z.string(),
  epoch: z.string(),
  seq: z.number(),
  from: z.nullable(z.number()),
  recovered: z.boolean(),
  role: optional(sessionRole),
})

/** `cut`: the lists of which only a part fits the frame; the whole is to be had over REST. */
export const sessionState = z.object({
  session_id: entityId,
  cut: optional(z.array(z.enum(['participants', 'cursor_positions', 'messages', 'files', 'permissions']))),
  participants: z.array(participant),
  cursor_positions: z.array(cursorMoved),
  messages: z.array(message),
  files: z.array(fileUploaded),
  queue,
  permissions: z.array(permissionRequest),
})

/** Messages to one connection only. */
export const DIRECT = {
  connected,
  success: z.record(z.string(), z.unknown()),
  error: errorData,
  pong: z.object({}),
  session_state: sessionState,
} as const

export const FROM_RELAY = { ...DIRECT, ...KEPT, ...SIGNALS } as const
export type FromRelayType = keyof typeof FROM_RELAY
export type DataFromRelay = { [T in FromRelayType]: z.infer<(typeof FROM_RELAY)[T]> }

/** A parsed frame from the relay. `seq` is there on kept events only. */
export type FromRelay = {
  [T in FromRelayType]: { type: T; id?: string | null; channel?: string | null; seq?: number | null; data: DataFromRelay[T]; timestamp: number }
}[FromRelayType]
export type Connected = z.infer<typeof connected>
export type Subscribed = z.infer<typeof subscribed>
export type SessionState = z.infer<typeof sessionState>

/** A kept event as the log holds it and REST pages it. */
export const keptEvent = z.object({
  type: z.string(),
  channel: z.string(),
  seq: z.number(),
  data: z.unknown(),
  timestamp: z.number(),
})
export type KeptEvent = z.infer<typeof keptEvent>
