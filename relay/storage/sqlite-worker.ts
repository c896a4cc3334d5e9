// The only writer: a thread that owns the writing connection, so that no fsync ever holds up the event loop.
import type { Database } from 'bun:sqlite'
import { type Applier, createApplier } from './apply-group.ts'
import { openDatabase } from './open-database.ts'
import { createOwnFile, type OwnFile } from './own-file.ts'
import type { FromWriter, OpenRequest, ToWriter } from './sqlite-messages.ts'
import { createStatementCache, type StatementCache } from './statement-cache.ts'
import { codeOfSqlite } from './storage-error.ts'

declare const self: Worker

const answer = (message: FromWriter): void => self.postMessage(message)

type Writer = { database: Database; statements: StatementCache; applier: Applier; ownFile: OwnFile }

function open(request: OpenRequest): Writer | null {
  try {
    const { database, epoch, setAside, reason } = openDatabase(request)
    const statements = createStatementCache(database)
    const ownFile = createOwnFile(database, request.path)
    const applier = createApplier(database, statements, ownFile)
    answer({ kind: 'opened', epoch, setAside, reason })
    return { database, statements, applier, ownFile }
  } catch (problem) {
    answer({ kind: 'not-opened', failure: { code: codeOfSqlite(problem), message: (problem as Error).message } })
    return null
  }
}

/** Says what was wrong with the file in the end: what nobody has written to since was not looked at either. */
function close({ database, statements, ownFile }: Writer): string | null {
  statements.clear()
  let problem: string | null = null
  try {
    ownFile.require()
  } catch (lost) {
    problem = (lost as Error).message
  }
  try {
    // Nothing is folded into a file that is lost.
    if (problem === null) database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Busy or full: the WAL stays and is read at the next start.
  }
  database.close()
  ownFile.close()
  return problem
}

let writer: Writer | null = null

self.onmessage = ({ data }: MessageEvent<ToWriter>) => {
  if (data.kind === 'open') {
    writer = open(data)
  } else if (data.kind === 'group') {
    answer({ kind: 'group-done', replies: writer!.applier.apply(data.batches) })
  } else if (data.kind === 'damaged') {
    answer({ kind: 'given-up', problem: writer!.ownFile.giveUp('damaged') })
  } else {
    const problem = writer && close(writer)
    writer = null
    answer({ kind: 'closed', problem })
  }
}
