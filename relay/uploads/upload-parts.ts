// What uploads stand on.
import type { Auth, Identity } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Storage } from '../storage/storage.ts'
import type { Room, RoomLimits } from './room.ts'
import type { Staging } from './staging.ts'

/** `parallel`: how many uploads of one user may bring bytes at once. */
export type UploadLimits = RoomLimits & { expiryMs: number; parallel: number }

export type UploadParts = {
  storage: Pick<Storage, 'query' | 'commit'>
  channels: Pick<Channels, 'publish' | 'signal'>
  auth: Pick<Auth, 'may' | 'ofSignIn' | 'recheck'>
  files: Files
  clock: Clock
  log: Log
  metrics?: Pick<Metrics, 'add' | 'read'>
  newId: () => string
  /** For the bytes that still grow; nobody else writes there. */
  folder: string
  limits: UploadLimits
}

/** What the ends of uploads stand on beside. */
export type EndParts = UploadParts & { room: Room; staging: Staging; mayUpload(who: Identity, sessionId: string | null): Promise<void> }
