// DOOR of sessions: the row, who is in it, what a list shows of it. Everything about a turn belongs to executions.
import type { Message, Participant, PermissionMode, PermissionRequest, Queue, SessionPatch, SessionRole, SessionRow, SessionsPage, SessionSnapshot } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/identity.ts'
import type { NewEvent, Statement } from '../storage/storage.ts'
import type { NewSession, SessionChange, SessionRecord } from './session-record.ts'

export type { ForkPending, NewSession, SessionChange, SessionRecord } from './session-record.ts'

/** Statements and events for somebody else's commit: they go into one `channels.publish` or not at all. */
export type Part = { statements: Statement[]; events: NewEvent[] }

/** What sessions need of whoever runs them; a function that is handed in, because executions are built on sessions. */
export type SessionRunner = {
  queueOf(sessionId: string): Promise<Queue>
  openPermissionsOf(sessionId: string): Promise<PermissionRequest[]>
  setModel(asked: Asked, sessionId: string, model: string): Promise<object>
  setPermissionMode(asked: Asked, sessionId: string, mode: PermissionMode): Promise<object>
  discard(sessionId: string): Promise<void>
}

export type SessionsQuery = {
  workspaceId?: string | null
  /** Searched for in titles. */
  q?: string | null
  archived?: boolean
  limit?: number
  cursor?: string | null
}

/** Somebody may not read a session any more: `userIds` null means nobody may (it was deleted). */
export type AccessLost = { sessionId: string; userIds: string[] | null }

/**
 * Methods that take `asked` check the asker's rights, change and answer in one commit; refusals are thrown as `Refused`.
 * Methods named `…ing` only prepare a commit: call them inside `lane`, publish what they give before leaving it.
 */
export type Sessions = {
  /** The session's lane: whatever reads the row and then changes it runs here, one at a time. Not re-entrant: inside it call no method that takes `asked`. */
  lane<T>(sessionId: string, work: () => Promise<T>): Promise<T>

  create(asked: Asked, request: NewSession): Promise<{ session_id: string }>
  /** For a prompt without a session: the id, and what has to be committed for it to exist. Needs no lane. */
  creating(who: Identity, request: NewSession): Promise<Part & { sessionId: string }>

  /** The row, or null when there is none or it is in the trash. Asks nobody's rights. */
  get(sessionId: string): Promise<SessionRecord | null>
  /** A change of the row with the `session` events that follow from it; none when no list field changed. */
  changing(sessionId: string, change: SessionChange): Promise<Part>

  list(who: Identity, query: SessionsQuery): Promise<SessionsPage>
  row(who: Identity, sessionId: string): Promise<SessionRow>
  snapshot(who: Identity, sessionId: string): Promise<SessionSnapshot>
  /** The last prompts and notes, oldest first. Asks nobody's rights. */
  lastMessages(sessionId: string, limit: number): Promise<Message[]>

  rename(asked: Asked, sessionId: string, title: string): Promise<object>
  setVisibility(asked: Asked, sessionId: string, visibility: 'workspace' | 'private'): Promise<object>
  patch(asked: Asked, sessionId: string, patch: SessionPatch): Promise<object>
  markRead(who: Identity, sessionId: string, seq: number): Promise<void>
  /** To the trash for 30 days, or, with `purge`, gone at once. */
  remove(asked: Asked, sessionId: string, options: { purge: boolean }): Promise<object>
  restore(asked: Asked, sessionId: string): Promise<object>
  /** Copies the timeline up to the last turn that was finished at `at_seq` into a session of the asker. */
  fork(asked: Asked, sessionId: string, request: { at_seq?: number | null; title?: string | null }): Promise<{ session_id: string }>

  /** Who is in it, by hue. Asks nobody's rights. */
  roster(sessionId: string): Promise<Participant[]>
  /** Makes the asker a member if they are none yet; the role that counts. */
  join(asked: Asked, sessionId: string): Promise<{ role: SessionRole }>
  /** The same for a prompt's own commit; empty when the asker is a member. */
  joining(who: Identity, sessionId: string): Promise<Part>
  leave(asked: Asked, sessionId: string): Promise<object>
  invite(asked: Asked, sessionId: string, userId: string, role: SessionRole | null): Promise<object>
  removePerson(asked: Asked, sessionId: string, userId: string): Promise<object>
  setRole(asked: Asked, sessionId: string, userId: string, role: SessionRole): Promise<object>

  /** Called in the tick after the commit that took the access away. */
  onAccessLost(listener: (lost: AccessLost) => void): void
  /** The trust of a workspace has changed: its sessions' watchers are told. */
  trustChanged(workspaceId: string): Promise<void>
  /** Sessions whose owner was deleted pass to an admin. Idempotent; called when accounts have changed. */
  passOnOrphans(): Promise<void>
  /** Before listening: forks that a crash cut off are erased, the trash is emptied. */
  boot(): Promise<void>
  stop(): void
}
