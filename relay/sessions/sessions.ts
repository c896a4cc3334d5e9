// DOOR of sessions: the row, who is in it, what a list shows of it. Everything about a turn belongs to executions.
import { Refused, sessionChannel, type KeptEvent, type Message, type Participant, type PermissionMode, type PermissionRequest, type Queue, type SessionPatch, type SessionRole, type SessionRow, type SessionsPage, type SessionSnapshot } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth } from '../auth/auth.ts'
import type { Identity } from '../auth/identity.ts'
import type { Channels } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Events } from '../events/events.ts'
import type { Log } from '../observability/log.ts'
import type { Storage } from '../storage/storage.ts'
import { createBeginSession, type Part } from './begin-session.ts'
import { createChangeSession } from './change-session.ts'
import { commitOrRefuse } from './commit.ts'
import { createForkSession } from './fork-session.ts'
import { createMembership } from './membership.ts'
import { createOrphans } from './orphans.ts'
import { createSessionLanes } from './session-lanes.ts'
import { createSessionNews } from './session-news.ts'
import type { NewSession, SessionChange, SessionRecord } from './session-record.ts'
import { createSessionRows, type SessionsQuery } from './session-rows.ts'
import { createSessionTimeline, type EventsQuery, type ExportFormat, type SessionExport } from './session-timeline.ts'
import { createTrash } from './trash.ts'

export type { Part } from './begin-session.ts'
export type { ForkPending, NewSession, SessionChange, SessionRecord } from './session-record.ts'
export type { SessionsQuery } from './session-rows.ts'
export type { EventsQuery, ExportFormat, SessionExport } from './session-timeline.ts'

/** What sessions need of whoever runs them; a function that is handed in, because executions are built on sessions. */
export type SessionRunner = {
  queueOf(sessionId: string): Promise<Queue>
  openPermissionsOf(sessionId: string): Promise<PermissionRequest[]>
  setModel(asked: Asked, sessionId: string, model: string): Promise<object>
  setPermissionMode(asked: Asked, sessionId: string, mode: PermissionMode): Promise<object>
  discard(sessionId: string): Promise<void>
}

/** What they need of workspaces. */
export type SessionWorkspaces = {
  standard(): Promise<{ id: string }>
  isTrusted(workspaceId: string): Promise<boolean>
}

/** Who may not read a session any more: the people named, or, when it was deleted, everybody (null). */
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
  /** A change of the row with the `session` events that follow from it; none when no list field changed. Works in the trash, too. */
  changing(sessionId: string, change: SessionChange): Promise<Part>

  list(who: Identity, query: SessionsQuery): Promise<SessionsPage>
  row(who: Identity, sessionId: string): Promise<SessionRow>
  snapshot(who: Identity, sessionId: string): Promise<SessionSnapshot>
  /** Up to `limit` events before or after a seq, without either the last ones. */
  events(who: Identity, sessionId: string, query: EventsQuery): Promise<{ events: KeptEvent[]; epoch: string; top: number }>
  /** The last `log` events, oldest first. */
  logs(who: Identity, sessionId: string, limit: number | null): Promise<{ session_id: string; logs: object[]; count: number }>
  export(who: Identity, sessionId: string, format: ExportFormat): Promise<SessionExport>
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
  /** Without a role: collaborator, or the role they have already. */
  invite(asked: Asked, sessionId: string, userId: string, role: SessionRole | null): Promise<object>
  removePerson(asked: Asked, sessionId: string, userId: string): Promise<object>
  setRole(asked: Asked, sessionId: string, userId: string, role: SessionRole): Promise<object>

  /** Called right after the commit that took the access away. */
  onAccessLost(listener: (lost: AccessLost) => void): void
  /** Called after sessions were erased: their files have no use any more. */
  onErased(listener: () => void): void
  /** The trust of a workspace has changed: those who look at its sessions are told. */
  trustChanged(workspaceId: string): Promise<void>
  /** Sessions whose owner was deleted pass to an admin. Idempotent; called when accounts have changed. */
  passOnOrphans(): Promise<void>
  /** Before listening: forks that a crash cut off are erased, the trash is emptied. */
  boot(): Promise<void>
  stop(): void
}

export type SessionsDependencies = {
  storage: Storage
  channels: Pick<Channels, 'publish'>
  events: Events
  auth: Auth
  clock: Clock
  log: Log
  newId: () => string
  workspaces: SessionWorkspaces
  runner: () => SessionRunner
  /** Whether modes in which Claude asks nobody may be chosen at all. */
  allowBypass: boolean
}

/** Those who look at more sessions than this of one workspace learn of its trust with the next change. */
const maxToldOfTrust = 200

export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { storage, channels, events, auth, clock, log, newId, workspaces, runner, allowBypass } = dependencies
  const lostListeners: ((lost: AccessLost) => void)[] = []
  const erasedListeners: (() => void)[] = []
  const lost = (sessionId: string, userIds: string[] | null) => lostListeners.forEach((tell) => tell({ sessionId, userIds }))
  const erased = () => erasedListeners.forEach((tell) => tell())
  const trusted = (workspaceId: string) => workspaces.isTrusted(workspaceId)

  const lanes = createSessionLanes()
  const rows = createSessionRows({ storage, trusted })
  const news = createSessionNews({ storage, trusted })
  const begin = createBeginSession({ auth, news, clock, newId, standardWorkspace: () => workspaces.standard(), allowBypass })
  const setter = {
    setModel: (asked: Asked, sessionId: string, model: string) => runner().setModel(asked, sessionId, model),
    setPermissionMode: (asked: Asked, sessionId: string, mode: PermissionMode) => runner().setPermissionMode(asked, sessionId, mode),
  }
  const change = createChangeSession({ storage, channels, events, auth, clock, rows, news, lanes, setter, lost })
  const membership = createMembership({ storage, channels, auth, clock, rows, news, lanes, lost })
  const fork = createForkSession({ storage, channels, events, auth, clock, newId, rows, begin })
  const timeline = createSessionTimeline({ storage, events, auth, clock, rows })
  const orphans = createOrphans({ storage, channels, clock, rows, news, lanes })
  const discard = (sessionId: string) => runner().discard(sessionId)
  const trash = createTrash({ storage, channels, auth, clock, log, rows, news, lanes, discard, lost, erased })

  async function row(who: Identity, sessionId: string): Promise<SessionRow> {
    await auth.may(who, 'read', sessionId)
    const found = await rows.row(who, sessionId)
    if (!found) throw new Refused('NOT_FOUND', 'not found')
    return found
  }

  return {
    lane: lanes.run,
    async create(asked, request) {
      const record = await begin.draft(asked.who, request)
      const result = { session_id: record.id }
      await commitOrRefuse(channels, { ...(await begin.begin(record)), ...asked.answering(result) })
      return result
    },
    async creating(who, request) {
      // Whatever title it has is the prompt's, until a person gives it another.
      const record = { ...(await begin.draft(who, request)), titleSource: 'prompt' as const }
      return { sessionId: record.id, ...(await begin.begin(record)) }
    },
    async get(sessionId) {
      const record = await rows.read(sessionId)
      return record && record.deletedAt === null ? record : null
    },
    changing: change.changing,
    list: (who, query) => rows.list(who, query),
    row,
    async snapshot(who, sessionId) {
      // The seq first: what follows may be newer than it, and is then told again by the events after it.
      const seq = await events.top(sessionChannel(sessionId))
      const session = await row(who, sessionId)
      const [participants, queue, permissions, readSeq] = await Promise.all([
        rows.roster(sessionId),
        runner().queueOf(sessionId),
        runner().openPermissionsOf(sessionId),
        rows.readSeq(who.userId, sessionId),
      ])
      return { epoch: events.epoch, seq, session, participants, queue, permissions, read_seq: readSeq }
    },
    events: timeline.page,
    logs: timeline.logs,
    export: timeline.export,
    lastMessages: timeline.lastMessages,
    rename: change.rename,
    setVisibility: change.setVisibility,
    patch: change.patch,
    markRead: change.markRead,
    remove: trash.remove,
    restore: trash.restore,
    fork,
    roster: rows.roster,
    join: membership.join,
    joining: membership.joining,
    leave: membership.leave,
    invite: membership.invite,
    removePerson: membership.removePerson,
    setRole: membership.setRole,
    onAccessLost: (listener) => void lostListeners.push(listener),
    onErased: (listener) => void erasedListeners.push(listener),
    async trustChanged(workspaceId) {
      const sql = 'SELECT id FROM sessions WHERE workspace_id = ? AND deleted_at IS NULL ORDER BY updated_at DESC LIMIT ?'
      for (const { id } of await storage.query<{ id: string }>(sql, [workspaceId, maxToldOfTrust])) {
        await lanes.run(id, async () => {
          const record = await rows.read(id)
          if (record) await channels.publish({ events: [await news.watchers(record)] })
        })
      }
    },
    passOnOrphans: orphans.passOnOrphans,
    async boot() {
      await trash.eraseHalfForks()
      await orphans.passOnOrphans()
      await trash.sweep()
    },
    stop: () => trash.stop(),
  }
}
