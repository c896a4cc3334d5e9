// DOOR of the event log: reading. Events are written by the commit that they belong to, see channels.publish.
import { containing, LIKE, type Statement, type Storage } from '../storage/storage.ts'

export { frameOf, signalFrame } from './frame.ts'
export { viewByLink, withoutPeople } from './link-view.ts'
export { createTranscriptFill } from './fill-transcripts.ts'
export { placesOf, type TextRange } from './text-match.ts'
export { createTranscripts, type SaidText, type Transcripts } from './transcripts.ts'

export type StoredEvent = {
  /** The channel it was read from: its home, or `task:<id>`. */
  channel: string
  /** The number in that channel. */
  seq: number
  taskSeq: number | null
  task: string | null
  type: string
  /** JSON text. */
  data: string
  /** Milliseconds since 1970. */
  timestamp: number
}

type PageBounds = { limit: number; maxBytes: number; round?: boolean }

export type Events = {
  readonly epoch: string
  /**
   * What follows `seq`, rising; at least one event if there is any, else at most `limit` and about `maxBytes` of data.
   * `round`: a page that is not the last ends at a round number, so that readers who stand near each other soon need the same ones.
   */
  readAfter(channel: string, seq: number, bounds: PageBounds): Promise<StoredEvent[]>
  /** The last events below `seq`, rising, within the same bounds. */
  readBefore(channel: string, seq: number, bounds: Omit<PageBounds, 'round'>): Promise<StoredEvent[]>
  /** The highest seq given so far, 0 for none; outlives trimming. */
  top(channel: string): Promise<number>
  /** The highest seq that was trimmed away, 0 for none: a position below it cannot be continued from. */
  trimmed(channel: string): Promise<number>
  /** How much follows `seq`: counted up to 10,000 events, which is more than anybody is ever sent. */
  backlog(channel: string, seq: number): Promise<{ events: number; bytes: number }>
}

type Row = { seq: number; task_seq: number | null; task: string | null; type: string; data: string; timestamp: number }

const maxCountedEvents = 10_000
const taskPrefix = 'task:'

/** Where a channel is found in the table: by its own name, or by its execution. */
function place(channel: string): { column: string; number: string; key: string } {
  return channel.startsWith(taskPrefix)
    ? { column: 'task', number: 'task_seq', key: channel.slice(taskPrefix.length) }
    : { column: 'channel', number: 'seq', key: channel }
}

// PostgreSQL gives BIGINT and sums as text, hence Number() around every number that is read.
function toEvent(channel: string, row: Row): StoredEvent {
  const taskSeq = row.task_seq === null ? null : Number(row.task_seq)
  const seq = channel.startsWith(taskPrefix) ? taskSeq! : Number(row.seq)
  return { channel, seq, taskSeq, task: row.task, type: row.type, data: row.data, timestamp: Number(row.timestamp) }
}

/** The roundest number above `after`, up to `end`: a multiple of the highest power of two. */
function rounded(after: number, end: number): number {
  let best = end
  for (let step = 2; end - (end % step) > after; step *= 2) best = end - (end % step)
  return best
}

const columns = 'seq, task_seq, task, type, data, timestamp'

export function createEvents({ storage }: { storage: Pick<Storage, 'query' | 'epoch'> }): Events {
  /** The number at which a page ends, found without reading the data, so that one huge page never comes to memory. */
  async function endOfPage(channel: string, way: 'up' | 'down', from: number, { limit, maxBytes, round = false }: PageBounds): Promise<number | null> {
    const { column, number, key } = place(channel)
    const sql = `SELECT ${number} AS seq, bytes FROM events WHERE ${column} = ? AND ${number} ${way === 'up' ? '>' : '<'} ? ORDER BY ${number} ${way === 'up' ? 'ASC' : 'DESC'} LIMIT ?`
    let end: number | null = null
    let bytes = 0
    let count = 0
    for (const row of await storage.query<{ seq: number; bytes: number }>(sql, [key, from, limit + 1])) {
      bytes += Number(row.bytes)
      if (end !== null && (++count === limit || bytes > maxBytes)) return round ? rounded(from, end) : end
      end = Number(row.seq)
    }
    return end
  }

  return {
    epoch: storage.epoch,
    async readAfter(channel, seq, bounds) {
      const end = await endOfPage(channel, 'up', seq, bounds)
      if (end === null) return []
      const { column, number, key } = place(channel)
      const sql = `SELECT ${columns} FROM events WHERE ${column} = ? AND ${number} > ? AND ${number} <= ? ORDER BY ${number}`
      return (await storage.query<Row>(sql, [key, seq, end])).map((row) => toEvent(channel, row))
    },
    async readBefore(channel, seq, { limit, maxBytes }) {
      const end = await endOfPage(channel, 'down', seq, { limit, maxBytes })
      if (end === null) return []
      const { column, number, key } = place(channel)
      const sql = `SELECT ${columns} FROM events WHERE ${column} = ? AND ${number} >= ? AND ${number} < ? ORDER BY ${number}`
      return (await storage.query<Row>(sql, [key, end, seq])).map((row) => toEvent(channel, row))
    },
    async top(channel) {
      const { column, key } = place(channel)
      const sql =
        column === 'task' ? 'SELECT MAX(task_seq) AS seq FROM events WHERE task = ?' : 'SELECT seq FROM tops WHERE channel = ?'
      const [row] = await storage.query<{ seq: number | null }>(sql, [key])
      return Number(row?.seq ?? 0)
    },
    async trimmed(channel) {
      const [row] = await storage.query<{ trimmed: number }>('SELECT trimmed FROM tops WHERE channel = ?', [channel])
      return Number(row?.trimmed ?? 0)
    },
    async backlog(channel, seq) {
      const { column, number, key } = place(channel)
      const inner = `SELECT bytes FROM events WHERE ${column} = ? AND ${number} > ? ORDER BY ${number} LIMIT ${maxCountedEvents}`
      const sql = `SELECT COUNT(*) AS events, COALESCE(SUM(bytes), 0) AS bytes FROM (${inner}) AS missed`
      const [row] = await storage.query<{ events: number; bytes: number }>(sql, [key, seq])
      return { events: Number(row!.events), bytes: Number(row!.bytes) }
    },
  }
}

/** For the batch that erases a session: its events and partial texts go, its numbers are never given again. */
export function eraseChannel(channel: string): Statement[] {
  return [
    { sql: 'DELETE FROM events WHERE channel = ?', params: [channel] },
    { sql: 'DELETE FROM open_blocks WHERE channel = ?', params: [channel] },
    // After its events: their texts are taken out of the index by its number.
    { sql: 'DELETE FROM transcripts WHERE channel = ?', params: [channel] },
    { sql: 'UPDATE tops SET trimmed = seq WHERE channel = ?', params: [channel] },
  ]
}

/** For the batch after which readers of a channel may not know of a session: its rows there become this one. Their numbers stay. */
export function blankAbout(channel: string, sessionId: string, { type, data }: { type: string; data: object }): Statement {
  const text = JSON.stringify(data)
  // Quotes inside of texts are escaped in JSON, so this is found nowhere but as the field.
  const about = containing(`"session_id":"${sessionId}"`)
  return { sql: `UPDATE events SET type = ?, data = ?, bytes = ? WHERE channel = ? AND data ${LIKE}`, params: [type, text, Buffer.byteLength(text), channel, about] }
}
