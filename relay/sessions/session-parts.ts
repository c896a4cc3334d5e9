// What the files of this room work with; each takes what it needs.
import { Refused, type PermissionMode, type PermissionRequest, type Queue } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Events, Transcripts } from '../events/events.ts'
import type { Log } from '../observability/log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Participants } from './participants.ts'
import type { SessionLanes } from './session-lanes.ts'
import type { SessionNews } from './session-news.ts'
import type { SessionRows } from './session-rows.ts'

export type SessionParts = {
  storage: Storage
  channels: Pick<Channels, 'publish'>
  events: Events
  transcripts: Transcripts
  auth: Auth
  clock: Clock
  log: Log
  newId: () => string
  rows: SessionRows
  participants: Participants
  news: SessionNews
  lanes: SessionLanes
  /** To be called right after the commit that took the access away, of these people or, when it was deleted, of everybody (null). */
  lost(sessionId: string, userIds: string[] | null): void
}

/** What sessions need of whoever runs them; a function that is handed in, because executions are built on sessions. */
export type SessionRunner = {
  queueOf(sessionId: string): Promise<Queue>
  openPermissionsOf(sessionId: string): Promise<PermissionRequest[]>
  /** The running process has it, or refuses it (VALIDATION); `takeBack` when it does not become the session's after all. */
  tryModel(sessionId: string, model: string): Promise<{ takeBack(): void }>
  /** The session's mode has become this one: resolves when the running process has it. Never fails. */
  modeChosen(sessionId: string, mode: PermissionMode): Promise<void>
  discard(sessionId: string): Promise<void>
}

export const notFound = () => new Refused('NOT_FOUND', 'not found')
