// Begins a session that has a past already: its timeline is written page by page, and the session appears with the last commit.
// A small request makes a large copy: it is charged to whoever asks, and none is written where the disk has no room to spare.
import { Refused, sessionChannel, type Log } from '#protocol'
import { commitOrRefuse, type OutEvent, type Publication } from '../channels/channels.ts'
import { noRoom } from '../disk-room.ts'
import { eraseChannel } from '../events/events.ts'
import type { KeptAnswer, NewEvent, Statement } from '../storage/storage.ts'
import type { BeginSession } from './begin-session.ts'
import type { SessionParts } from './session-parts.ts'
import type { SessionRecord } from './session-record.ts'

type Past = {
  /** About what all of it takes on the disk. */
  bytes: number
  /** Each is a commit, straight into the log: as long as there is no session, nobody can be listening. */
  pages: Iterable<NewEvent[]> | AsyncIterable<NewEvent[]>
  /** The line after it. */
  divider: Required<Pick<Log, 'code' | 'text' | 'args'>>
  /** What comes with the session, once the past is written. */
  statements(): Statement[]
  answer?: KeptAnswer
  committed?: Publication['committed']
}
export type BeginWithPast = ReturnType<typeof createBeginWithPast>

/** How much room there is for copies: `spareBytes` of the disk, beyond what is to stay free; `userBytes` that one person may have made, the trash included. */
export type CopyRoom = { spareBytes: () => number; userBytes: number }

type Beginning = Pick<SessionParts, 'storage' | 'channels'> & { begin: BeginSession; copies: CopyRoom }

const readSql = 'INSERT INTO reads (user_id, session_id, read_seq) VALUES (?, ?, ?)'
const usedSql = 'SELECT COALESCE(SUM(copied_bytes), 0) AS used FROM sessions WHERE copied_by = ?'
/** Refuses its batch where that would be too much: others of the same person may have come to be meanwhile. */
const chargeSql = `UPDATE sessions SET copied_by = ?, copied_bytes = ? WHERE id = ? AND (${usedSql}) + ? <= ?`

export function createBeginWithPast({ storage, channels, begin, copies }: Beginning) {
  /** BUSY where the disk has no room, TOO_LARGE where the person has none. */
  async function refuseTooMuch(userId: string, bytes: number): Promise<void> {
    const [row] = await storage.query<{ used: number }>(usedSql, [userId])
    const [used, limit] = [Number(row!.used), copies.userBytes]
    if (used + bytes > limit) throw new Refused('TOO_LARGE', `what one person has forked and taken over may have ${limit} bytes together, the trash included`, { details: { reason: 'copies', limit, used } })
    if (copies.spareBytes() < bytes) throw noRoom()
  }

  async function write(pages: Past['pages']): Promise<number> {
    let count = 0
    for await (const page of pages) {
      // Others may have filled it meanwhile.
      if (copies.spareBytes() < 0) throw noRoom()
      if (page.length > 0) await storage.commit({ events: page })
      count += page.length
    }
    return count
  }

  /** Its owner has read all of it. */
  return async function beginWithPast(record: SessionRecord, { bytes, pages, divider, statements, answer, committed }: Past): Promise<void> {
    const { id, ownerId } = record
    const channel = sessionChannel(id)
    await refuseTooMuch(ownerId, bytes)
    try {
      const count = await write(pages)
      const { statements: begun, events: told } = await begin.begin(record)
      const line: OutEvent = { channel, type: 'log', data: { session_id: id, level: 'info', source: 'relay', ...divider } }
      const own = told.filter((each) => each.channel === channel).length + 1
      const charge: Statement = { sql: chargeSql, params: [ownerId, bytes, id, ownerId, bytes, copies.userBytes], changes: 1 }
      const read: Statement = { sql: readSql, params: [ownerId, id, count + own], changes: 1 }
      await commitOrRefuse(channels, { statements: [...begun, charge, ...statements(), read], events: [...told, line], answer, committed })
    } catch (problem) {
      await storage.commit({ statements: eraseChannel(channel) }).catch(() => undefined)
      throw problem
    }
  }
}
