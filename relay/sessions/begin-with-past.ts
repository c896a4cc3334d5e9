// Begins a session that has a past already: its timeline is written page by page, and the session appears with the last commit.
import { sessionChannel, type Log } from '#protocol'
import type { KeptAnswer } from '../storage/storage.ts'
import { commitOrRefuse, type OutEvent, type Publication } from '../channels/channels.ts'
import { eraseChannel } from '../events/events.ts'
import type { Statement } from '../storage/storage.ts'
import type { BeginSession } from './begin-session.ts'
import type { SessionParts } from './session-parts.ts'
import type { SessionRecord } from './session-record.ts'

type Past = {
  /** Straight into the log: as long as there is no session, nobody can be listening. Resolves to how many events that were. */
  write(): Promise<number>
  /** The line after it. */
  divider: Required<Pick<Log, 'code' | 'text' | 'args'>>
  /** What comes with the session, once the past is written. */
  statements(): Statement[]
  answer?: KeptAnswer
  committed?: Publication['committed']
}
export type BeginWithPast = ReturnType<typeof createBeginWithPast>

const readSql = 'INSERT INTO reads (user_id, session_id, read_seq) VALUES (?, ?, ?)'

export function createBeginWithPast({ storage, channels, begin }: Pick<SessionParts, 'storage' | 'channels'> & { begin: BeginSession }) {
  /** Its owner has read all of it. */
  return async function beginWithPast(record: SessionRecord, { write, divider, statements, answer, committed }: Past): Promise<void> {
    const channel = sessionChannel(record.id)
    try {
      const count = await write()
      const { statements: begun, events: told } = await begin.begin(record)
      const line: OutEvent = { channel, type: 'log', data: { session_id: record.id, level: 'info', source: 'relay', ...divider } }
      const own = told.filter((each) => each.channel === channel).length + 1
      const read: Statement = { sql: readSql, params: [record.ownerId, record.id, count + own], changes: 1 }
      await commitOrRefuse(channels, { statements: [...begun, ...statements(), read], events: [...told, line], answer, committed })
    } catch (problem) {
      await storage.commit({ statements: eraseChannel(channel) }).catch(() => undefined)
      throw problem
    }
  }
}
