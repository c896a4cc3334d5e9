// Keeps the log of everything but sessions short: 30 days or 10,000 events a channel, and 7 days of kept answers.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Storage } from '../storage/storage.ts'

const dayMs = 24 * 60 * 60 * 1000

type TrimLimits = { maxAgeMs: number; maxEvents: number; answerAgeMs: number; everyMs: number }

const defaults: TrimLimits = { maxAgeMs: 30 * dayMs, maxEvents: 10_000, answerAgeMs: 7 * dayMs, everyMs: 60 * 60 * 1000 }

// Small commits, so that people's events do not wait behind a large deletion.
const stepEvents = 1_000

type Trimming = {
  /** One pass; resolves with the number of events that went. */
  run(): Promise<number>
  stop(): void
}

type Dependencies = { storage: Pick<Storage, 'query' | 'commit'>; clock: Clock; log: Log; limits?: Partial<TrimLimits> }

export function createTrimming({ storage, clock, log, limits }: Dependencies): Trimming {
  const { maxAgeMs, maxEvents, answerAgeMs, everyMs } = { ...defaults, ...limits }

  /** The highest seq of the channel that may go. */
  async function markOf(channel: string, top: number): Promise<number> {
    const sql = 'SELECT MAX(seq) AS seq FROM events WHERE channel = ? AND timestamp < ?'
    const [old] = await storage.query<{ seq: number | null }>(sql, [channel, clock.now() - maxAgeMs])
    return Math.max(top - maxEvents, Number(old?.seq ?? 0))
  }

  async function trimChannel(channel: string, trimmed: number, mark: number): Promise<void> {
    for (let from = trimmed; from < mark; ) {
      const to = Math.min(mark, from + stepEvents)
      await storage.commit({
        statements: [
          { sql: 'DELETE FROM events WHERE channel = ? AND seq <= ?', params: [channel, to] },
          // The mark goes with the rows: a reader either finds them or learns that they are gone.
          { sql: 'UPDATE tops SET trimmed = ? WHERE channel = ? AND trimmed < ?', params: [to, channel, to] },
        ],
      })
      from = to
    }
  }

  async function run(): Promise<number> {
    let gone = 0
    const sql = "SELECT channel, seq, trimmed FROM tops WHERE channel NOT LIKE 'session:%' AND trimmed < seq"
    for (const row of await storage.query<{ channel: string; seq: number; trimmed: number }>(sql)) {
      const trimmed = Number(row.trimmed)
      const mark = await markOf(row.channel, Number(row.seq))
      if (mark <= trimmed) continue
      await trimChannel(row.channel, trimmed, mark)
      gone += mark - trimmed
    }
    await storage.commit({ statements: [{ sql: 'DELETE FROM answers WHERE at < ?', params: [clock.now() - answerAgeMs] }] })
    return gone
  }

  let running = false
  const timer: Timer = clock.every(() => {
    if (running) return
    running = true
    run()
      .then((gone) => gone > 0 && log.info('events.trimmed', { events: gone }))
      .catch((problem: unknown) => log.warn('events.trim_failed', { problem }))
      .finally(() => (running = false))
  }, everyMs)

  return { run, stop: () => timer.cancel() }
}
