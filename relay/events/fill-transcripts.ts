// Indexes what was said before there was an index: in the background, in small commits, and on from where it was after a restart.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Storage } from '../storage/storage.ts'

/** One commit keeps the writer about as long as one of Claude's longer answers does. */
const stepTexts = 50
const stepBytes = 64 * 1024
const pauseMs = 20

type Dependencies = { storage: Pick<Storage, 'query' | 'commit'>; clock: Clock; log: Log }
type Unfilled = { channel: string; since: number }

const isText = `type IN ('message', 'claude_response', 'permission_request') AND type <> 'permission_request'`
const nextSql = 'SELECT channel, since FROM transcripts WHERE since > 1 ORDER BY number DESC LIMIT 1'
const indexSql = `INSERT INTO transcript_texts (rowid, text)
  SELECT t.number * 16777216 + e.seq, substr(json_extract(e.data, '$.content'), 1, 32768) FROM transcripts t JOIN events e ON e.channel = t.channel
  WHERE t.channel = ? AND e.seq >= ? AND e.seq < t.since AND ${isText} AND json_valid(e.data)
    AND json_extract(e.data, '$.parent_tool_use_id') IS NULL AND json_extract(e.data, '$.role') IS NOT 'relay' ORDER BY e.seq`

export function createTranscriptFill({ storage, clock, log }: Dependencies) {
  let timer: Timer | null = null
  let stopped = false

  /** The seq down to which one commit goes. */
  async function lowOf({ channel, since }: Unfilled): Promise<number> {
    const sql = `SELECT seq, bytes FROM events WHERE channel = ? AND seq < ? AND ${isText} ORDER BY seq DESC LIMIT ${stepTexts}`
    let bytes = 0
    const rows = await storage.query<{ seq: number; bytes: number }>(sql, [channel, since])
    for (const row of rows) if ((bytes += Number(row.bytes)) > stepBytes) return Number(row.seq)
    return rows.length === stepTexts ? Number(rows.at(-1)!.seq) : 1
  }

  /** One commit; false when everything is in the index. */
  async function step(): Promise<boolean> {
    const [next] = await storage.query<Unfilled>(nextSql)
    if (!next) return false
    const { channel, since } = next
    const low = await lowOf(next)
    await storage.commit({
      statements: [
        { sql: indexSql, params: [channel, low] },
        // The mark goes with the texts: none is ever indexed twice, and none is taken out that was not in.
        { sql: 'UPDATE transcripts SET since = ? WHERE channel = ? AND since = ?', params: [low, channel, since], changes: 1 },
      ],
    })
    return true
  }

  function goOn(): void {
    step().then(
      (more) => void (more && !stopped && (timer = clock.setTimer(goOn, pauseMs))),
      (problem: unknown) => log.warn('events.transcripts_not_filled', { problem }),
    )
  }

  return {
    start: goOn,
    /** What is left is done after the next start; until then it is read through. */
    stop(): void {
      stopped = true
      timer?.cancel()
    },
  }
}
