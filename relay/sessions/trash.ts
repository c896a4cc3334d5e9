// The trash: a deleted session leaves everybody's lists at once and is erased after 30 days, or at once when purged.
import { ERASING_SCOPE, sessionChannel } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { refuseOutOfScope } from '../auth/auth.ts'
import { commitOrRefuse } from '../channels/channels.ts'
import type { Timer } from '../clock.ts'
import { eraseChannel } from '../events/events.ts'
import type { Statement } from '../storage/storage.ts'
import { notFound, type SessionParts } from './session-parts.ts'
import { updateStatement } from './session-record.ts'

const keptMs = 30 * 24 * 3600 * 1000
const sweepMs = 3600 * 1000
/** Small commits, so that what people do does not wait behind a large deletion. */
const stepEvents = 1_000

/** What refers to a session goes before it; the bytes of its files have no row then and are swept. The audit stays. */
const childTables = ['permissions', 'queued_prompts', 'executions', 'participants', 'reads', 'permission_rules', 'files', 'uploads', 'share_links']

type Trash = SessionParts & {
  /** Ends what runs in it. */
  discard(sessionId: string): Promise<void>
  erased(): void
}

export function createTrash({ storage, channels, auth, clock, log, rows, news, lanes, lost, discard, erased }: Trash) {
  /** Deletions whose turns and processes are still ending: a session does not come back before they have. */
  const ending = new Map<string, Promise<void>>()

  /** Noted before the commit: whoever sees the session in the trash already can wait for its end. */
  function throwAway(asked: Asked, sessionId: string, answering: object): Promise<void> {
    const ended = moveAndEnd(asked, sessionId, answering).finally(() => ending.get(sessionId) === ended && ending.delete(sessionId))
    if (!ending.has(sessionId)) ending.set(sessionId, ended)
    return ended
  }

  async function moveAndEnd(asked: Asked, sessionId: string, answering: object): Promise<void> {
    await lanes.run(sessionId, async () => {
      // A right can be lost while one waits.
      await auth.may(asked.who, 'delete', sessionId)
      const record = await rows.read(sessionId)
      if (!record || record.deletedAt !== null) throw notFound()
      const statements = [
        updateStatement(sessionId, { deletedAt: clock.now() })!,
        auth.audit(asked.who, 'session.delete', { title: record.title }, sessionId),
        news.veiled(record),
      ]
      await commitOrRefuse(channels, { statements, events: await news.vanished(record, asked.who), ...answering })
    })
    lost(sessionId, null)
    await discard(sessionId)
  }

  async function eraseEvents(channel: string): Promise<void> {
    const [top] = await storage.query<{ seq: number }>('SELECT seq FROM tops WHERE channel = ?', [channel])
    for (let to = stepEvents; to < Number(top?.seq ?? 0); to += stepEvents) {
      await storage.commit({ statements: [{ sql: 'DELETE FROM events WHERE channel = ? AND seq <= ?', params: [channel, to] }] })
    }
  }

  /**
   * Only a session that is in the trash takes the mark, and none that has it comes back: what then goes in commits of its own is nobody's any more.
   * What a crash cuts off is gone on with.
   */
  const marking = (sessionId: string, deletedBefore: number): Statement => ({
    sql: 'UPDATE sessions SET erasing_at = ? WHERE id = ? AND deleted_at < ? AND erasing_at IS NULL',
    params: [clock.now(), sessionId, deletedBefore],
    changes: 1,
  })
  const isMarked = async (sessionId: string) => (await storage.query('SELECT 1 FROM sessions WHERE id = ? AND erasing_at IS NOT NULL', [sessionId])).length > 0

  /** In its lane, of a session that is marked. */
  async function erase(sessionId: string, answering: object): Promise<void> {
    await eraseEvents(sessionChannel(sessionId))
    const statements: Statement[] = [
      ...eraseChannel(sessionChannel(sessionId)),
      ...childTables.map((table) => ({ sql: `DELETE FROM ${table} WHERE session_id = ?`, params: [sessionId] })),
      { sql: 'DELETE FROM sessions WHERE id = ? AND erasing_at IS NOT NULL', params: [sessionId], changes: 1 },
    ]
    await commitOrRefuse(channels, { statements, events: [], ...answering })
    erased()
  }

  async function purge(asked: Asked, sessionId: string): Promise<void> {
    await lanes.run(sessionId, async () => {
      await auth.may(asked.who, 'delete', sessionId, { trashed: true })
      if (!(await isMarked(sessionId))) {
        const record = await rows.read(sessionId)
        const audit = auth.audit(asked.who, 'session.purge', { title: record?.title ?? '' }, sessionId)
        await commitOrRefuse(channels, { statements: [marking(sessionId, Number.MAX_SAFE_INTEGER), audit], events: [] })
      }
      await erase(sessionId, asked.answering({}))
    })
  }

  async function remove(asked: Asked, sessionId: string, { purge: forGood }: { purge: boolean }): Promise<object> {
    const { who } = asked
    if (forGood) refuseOutOfScope(who, ERASING_SCOPE)
    await auth.may(who, 'delete', sessionId, { trashed: forGood })
    if (!forGood) {
      await throwAway(asked, sessionId, asked.answering({}))
      return {}
    }
    const record = await rows.read(sessionId)
    if (record?.deletedAt === null) await throwAway(asked, sessionId, {})
    else await ending.get(sessionId)?.catch(() => undefined)
    await purge(asked, sessionId)
    return {}
  }

  async function restore(asked: Asked, sessionId: string): Promise<object> {
    await auth.may(asked.who, 'delete', sessionId, { trashed: true })
    await ending.get(sessionId)?.catch(() => undefined)
    return lanes.run(sessionId, async () => {
      await auth.may(asked.who, 'delete', sessionId, { trashed: true })
      const record = await rows.read(sessionId)
      if (!record || (await isMarked(sessionId))) throw notFound()
      if (record.deletedAt === null) return {}
      const back: Statement = { sql: 'UPDATE sessions SET deleted_at = NULL WHERE id = ? AND erasing_at IS NULL', params: [sessionId], changes: 1 }
      const statements = [back, auth.audit(asked.who, 'session.restore', {}, sessionId)]
      const events = [news.returned(record, asked.who), ...(await news.changed({ ...record, deletedAt: null }))]
      await commitOrRefuse(channels, { statements, events, ...asked.answering({}) })
      return {}
    })
  }

  /** What has been in the trash for 30 days goes, and whatever was being erased when the relay ended. */
  async function sweep(): Promise<void> {
    const before = clock.now() - keptMs
    const old = await storage.query<{ id: string }>('SELECT id FROM sessions WHERE deleted_at < ? UNION SELECT id FROM sessions WHERE erasing_at IS NOT NULL', [before])
    for (const { id } of old) {
      await lanes.run(id, async () => {
        // Others that are old go first, which takes its time: meanwhile it may have been brought back.
        const { outcome } = await storage.commit({ statements: [marking(id, before)] })
        if (outcome === 'committed' || (await isMarked(id))) await erase(id, {})
      })
    }
  }

  /** Copies that a crash cut off before their session came to be. */
  async function eraseHalfForks(): Promise<void> {
    const sql = `SELECT t.channel FROM tops t WHERE t.channel LIKE 'session:%' AND t.trimmed < t.seq
      AND NOT EXISTS (SELECT 1 FROM sessions s WHERE 'session:' || s.id = t.channel)`
    for (const { channel } of await storage.query<{ channel: string }>(sql)) {
      await eraseEvents(channel)
      await storage.commit({ statements: eraseChannel(channel) })
    }
  }

  let sweeping = false
  const timer: Timer = clock.every(() => {
    if (sweeping) return
    sweeping = true
    sweep()
      .catch((problem: unknown) => log.warn('sessions.trash_not_emptied', { problem }))
      .finally(() => (sweeping = false))
  }, sweepMs)

  return { remove, restore, sweep, eraseHalfForks, stop: () => timer.cancel() }
}
