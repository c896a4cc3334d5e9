// DOOR of sessions: the row, who is in it, what a list shows of it. Everything about a turn belongs to executions.
import { sessionChannel, type SessionRow, type SessionSnapshot } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Part } from '../channels/channels.ts'
import { withoutPeople } from '../events/events.ts'
import { createBeginSession } from './begin-session.ts'
import { createBeginWithPast, type CopyRoom } from './begin-with-past.ts'
import { createChangeSession } from './change-session.ts'
import { createForkSession } from './fork-session.ts'
import { createHandOver } from './hand-over.ts'
import { createImportSession } from './import-session.ts'
import { createMembership } from './membership.ts'
import { createOrphans } from './orphans.ts'
import { createParticipants } from './participants.ts'
import { createPatchSession } from './patch-session.ts'
import { createSessionLanes } from './session-lanes.ts'
import { createSessionNews } from './session-news.ts'
import { createSearchSessions } from './search-sessions.ts'
import { notFound, type SessionParts, type SessionRunner } from './session-parts.ts'
import type { NewSession, SessionRecord } from './session-record.ts'
import { createSessionRows } from './session-rows.ts'
import { createSessionTimeline } from './session-timeline.ts'
import { createShareLinks } from './share-links.ts'
import { createStaleRosters } from './stale-rosters.ts'
import { createTrash } from './trash.ts'

export { allowedMode } from './open-modes.ts'
export { notFound } from './session-parts.ts'
export { idsOfVisible, visibleToUser } from './visible-sessions.ts'
export type { SessionRunner } from './session-parts.ts'
export type { NewSession, SessionChange, SessionRecord } from './session-record.ts'
export type { Imported, PastEvent } from './import-session.ts'

/** What they need of workspaces. */
type SessionWorkspaces = {
  standard(): Promise<{ id: string }>
  isTrusted(workspaceId: string): Promise<boolean>
  isThere(path: string): boolean
}

/** Who may not read a session any more: the people named, or, when it was deleted, everybody (null). */
export type AccessLost = { sessionId: string; userIds: string[] | null }

type SessionsDependencies = Omit<SessionParts, 'rows' | 'participants' | 'news' | 'lanes' | 'lost'> & {
  workspaces: SessionWorkspaces
  runner: () => SessionRunner
  /** Whether modes in which Claude asks nobody may be chosen at all. */
  allowBypass: boolean
  copies: CopyRoom
}

/** Those who look at more sessions than this of one workspace learn of its trust with the next change. */
const maxToldOfTrust = 200

export type Sessions = ReturnType<typeof createSessions>

/**
 * Methods that take `asked` check the asker's rights, change and answer in one commit; refusals are thrown as `Refused`.
 * Methods named `…ing` only prepare a commit: call them inside `lane`, publish what they give before leaving it.
 */
export function createSessions(dependencies: SessionsDependencies) {
  const { storage, channels, events, auth, clock, workspaces, runner, allowBypass, copies } = dependencies
  const lostListeners: ((lost: AccessLost) => void)[] = []
  const erasedListeners: (() => void)[] = []
  const trusted = (workspaceId: string) => workspaces.isTrusted(workspaceId)

  const participants = createParticipants({ storage, clock })
  const parts: SessionParts = {
    ...dependencies,
    participants,
    rows: createSessionRows({ storage, trusted, isThere: workspaces.isThere }),
    news: createSessionNews({ storage, participants, trusted }),
    lanes: createSessionLanes(),
    lost: (sessionId, userIds) => lostListeners.forEach((tell) => tell({ sessionId, userIds })),
  }
  const { rows, news, lanes } = parts
  const begin = createBeginSession({ ...parts, standardWorkspace: () => workspaces.standard(), allowBypass })
  const beginWithPast = createBeginWithPast({ ...parts, begin, copies })
  const changing = createChangeSession(parts)
  const { events: page, logs, export: exported, lastMessages } = createSessionTimeline(parts)
  const trash = createTrash({ ...parts, discard: (sessionId) => runner().discard(sessionId), erased: () => erasedListeners.forEach((tell) => tell()) })
  const passOnOrphans = createOrphans(parts)
  const tellRosters = createStaleRosters(parts)

  /** Also what changed without this process: both look for what is left to be done. */
  async function accountsChanged(): Promise<void> {
    await passOnOrphans()
    await tellRosters()
  }

  async function row(who: Identity, sessionId: string): Promise<SessionRow> {
    await auth.may(who, 'read', sessionId)
    const found = await rows.row(who, sessionId)
    if (!found) throw notFound()
    return found
  }

  /** Null when there is none or it is in the trash. */
  async function get(sessionId: string): Promise<SessionRecord | null> {
    const record = await rows.read(sessionId)
    return record && record.deletedAt === null ? record : null
  }

  return {
    /** The session's lane: whatever reads the row and then changes it runs here, one at a time. Not re-entrant: inside it call no method that takes `asked`. */
    lane: lanes.run,
    async create(asked: Asked, request: NewSession): Promise<{ session_id: string }> {
      const record = await begin.draft(asked.who, request)
      const result = { session_id: record.id }
      await commitOrRefuse(channels, { ...(await begin.begin(record)), ...asked.answering(result) })
      return result
    },
    /** For a prompt without a session: the id, and what has to be committed for it to exist. Needs no lane. */
    async creating(who: Identity, request: NewSession): Promise<Part & { sessionId: string }> {
      // Whatever title it has is the prompt's, until a person gives it another.
      const record = { ...(await begin.draft(who, request)), titleSource: 'prompt' as const }
      return { sessionId: record.id, ...(await begin.begin(record)) }
    },
    /** The row. Asks nobody's rights. */
    get,
    /** The same where it has to be there: NOT_FOUND otherwise. */
    async present(sessionId: string): Promise<SessionRecord> {
      const record = await get(sessionId)
      if (!record) throw notFound()
      return record
    },
    changing,
    list: rows.list,
    /** What was said in the sessions that the asker's lists show, archived ones included. */
    search: createSearchSessions(parts),
    row,
    async snapshot(who: Identity, sessionId: string): Promise<SessionSnapshot> {
      // The seq first: what follows may be newer than it, and is then told again by the events after it.
      const seq = await events.top(sessionChannel(sessionId))
      const session = await row(who, sessionId)
      const byLink = who.kind === 'link'
      const [roster, queue, permissions, readSeq] = await Promise.all([
        byLink ? [] : participants.roster(sessionId),
        runner().queueOf(sessionId),
        runner().openPermissionsOf(sessionId),
        rows.readSeq(who.userId, sessionId),
      ])
      return { epoch: events.epoch, seq, session: byLink ? { ...withoutPeople(session), people: [] } : session, participants: roster, queue, permissions, read_seq: readSeq }
    },
    events: page,
    logs,
    export: exported,
    lastMessages,
    ...createPatchSession({ ...parts, runner, changing, allowBypass }),
    /** To the trash for 30 days, or, with `purge`, gone at once. */
    remove: trash.remove,
    restore: trash.restore,
    /** Copies the timeline up to the last turn that was finished at `at_seq` into a session of the asker. */
    fork: createForkSession({ ...parts, beginWithPast }),
    /** Begins a private session of the asker with a past from elsewhere. */
    import: createImportSession({ ...parts, begin, beginWithPast }),
    /** Who is in it, by hue. Asks nobody's rights. */
    roster: participants.roster,
    ...createMembership(parts),
    /** Somebody in it becomes its owner, and whoever was stays as a collaborator. */
    handOver: createHandOver(parts),
    ...createShareLinks(parts),
    /** Called right after the commit that took the access away. */
    onAccessLost: (listener: (lost: AccessLost) => void): void => void lostListeners.push(listener),
    /** Called after sessions were erased: their files have no use any more. */
    onErased: (listener: () => void): void => void erasedListeners.push(listener),
    /** The trust of a workspace has changed: those who look at its sessions are told. */
    async trustChanged(workspaceId: string): Promise<void> {
      const sql = 'SELECT id FROM sessions WHERE workspace_id = ? AND deleted_at IS NULL ORDER BY updated_at DESC LIMIT ?'
      for (const { id } of await storage.query<{ id: string }>(sql, [workspaceId, maxToldOfTrust])) {
        await lanes.run(id, async () => {
          const record = await rows.read(id)
          if (record) await channels.publish({ events: [await news.watchers(record)] })
        })
      }
    },
    accountsChanged,
    /** Before listening: forks that a crash cut off are erased, the trash is emptied. */
    async boot(): Promise<void> {
      await trash.eraseHalfForks()
      await accountsChanged()
      await trash.sweep()
    },
    stop: trash.stop,
  }
}
