// Applies a group of batches as one transaction with a savepoint each, and numbers their events. Writer's thread only.
import type { Database } from 'bun:sqlite'
import type { OwnFile } from './own-file.ts'
import type { BatchReply, Failure } from './sqlite-messages.ts'
import type { StatementCache } from './statement-cache.ts'
import { codeOfSqlite } from './storage-error.ts'
import type { Batch, NewEvent, Param, Position } from './storage.ts'

const maxCachedTops = 20_000

const insertAnswer = `INSERT INTO answers (user_id, id, hash, outcome, result, at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (user_id, id) DO NOTHING`
const insertEvent = `INSERT INTO events (channel, seq, task, task_seq, bytes, timestamp, type, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const raiseTop = `INSERT INTO tops (channel, seq) VALUES (?, ?) ON CONFLICT (channel) DO UPDATE SET seq = excluded.seq`
const readTop = 'SELECT seq FROM tops WHERE channel = ?'
const readTaskTop = 'SELECT MAX(task_seq) AS seq FROM events WHERE task = ?'

const failureOf = (problem: unknown): Failure => ({
  code: codeOfSqlite(problem),
  message: problem instanceof Error ? problem.message : String(problem),
})

const isConstraint = (problem: unknown): boolean =>
  String((problem as { code?: unknown } | null)?.code ?? '').startsWith('SQLITE_CONSTRAINT')

export type Applier = { apply(batches: Batch[]): BatchReply[] }

export function createApplier(database: Database, statements: StatementCache, ownFile: OwnFile): Applier {
  // The highest number given, by channel or by `task:` and execution. Dropped whenever it might be wrong.
  const tops = new Map<string, number>()
  let dataVersion = -1

  const run = (sql: string, params: Param[] = []): number => statements.prepare(sql).run(...params).changes

  function top(key: string, sql: string, param: string): number {
    const known = tops.get(key)
    if (known !== undefined) return known
    const row = statements.prepare(sql).get(param) as { seq: number | null } | null
    return row?.seq ?? 0
  }

  function keepTop(key: string, seq: number): void {
    // Re-inserting moves the key to the young end, so that the first one is always the longest unused.
    tops.delete(key)
    tops.set(key, seq)
    if (tops.size > maxCachedTops) tops.delete(tops.keys().next().value!)
  }

  function append(event: NewEvent): Position {
    const seq = top(event.channel, readTop, event.channel) + 1
    const task = event.task ?? null
    const taskSeq = task === null ? null : top(`task:${task}`, readTaskTop, task) + 1
    const bytes = Buffer.byteLength(event.data)
    run(insertEvent, [event.channel, seq, task, taskSeq, bytes, event.timestamp, event.type, event.data])
    keepTop(event.channel, seq)
    if (taskSeq !== null) keepTop(`task:${task}`, taskSeq)
    return { seq, taskSeq }
  }

  /** Inside a savepoint; anything but `committed` makes the caller roll it back. */
  function applyBatch({ answer, statements: changes = [], events = [] }: Batch): BatchReply {
    if (answer) {
      const { userId, id, hash, outcome, result, at } = answer
      if (run(insertAnswer, [userId, id, hash, outcome, result, at]) === 0) return { outcome: 'repeated' }
    }
    for (const [index, statement] of changes.entries()) {
      try {
        const changed = run(statement.sql, statement.params)
        if (statement.changes !== undefined && changed !== statement.changes) return { outcome: 'refused', statement: index }
      } catch (problem) {
        if (isConstraint(problem)) return { outcome: 'refused', statement: index }
        throw problem
      }
    }
    const positions = events.map(append)
    for (const channel of new Set(events.map((event) => event.channel))) run(raiseTop, [channel, tops.get(channel)!])
    return { outcome: 'committed', positions }
  }

  function applyInSavepoint(batch: Batch): BatchReply {
    run('SAVEPOINT batch')
    let reply: BatchReply
    try {
      reply = applyBatch(batch)
    } catch (problem) {
      // A full disk or a failed write takes the whole transaction with it: then there is no savepoint to go back to.
      if (!database.inTransaction) throw problem
      tops.clear()
      reply = { outcome: 'failed', failure: failureOf(problem) }
    }
    // A refusal comes before the first event is numbered, so the cached tops are still right.
    if (reply.outcome !== 'committed') run('ROLLBACK TO batch')
    run('RELEASE batch')
    return reply
  }

  return {
    apply(batches) {
      try {
        ownFile.require()
        run('BEGIN IMMEDIATE')
        const version = (statements.prepare('PRAGMA data_version').get() as { data_version: number }).data_version
        if (version !== dataVersion) tops.clear()
        dataVersion = version
        const replies = batches.map(applyInSavepoint)
        run('COMMIT')
        return replies
      } catch (problem) {
        tops.clear()
        const failure = failureOf(problem)
        if (database.inTransaction) run('ROLLBACK')
        return batches.map(() => ({ outcome: 'failed', failure }))
      }
    },
  }
}
