// Opens a database file from the relay's thread: the writer in its worker, then a connection that only reads.
import { Database } from 'bun:sqlite'
import { sizeOfParam } from './batch-size.ts'
import type { FromWriter, Opened, OpenRequest } from './sqlite-messages.ts'
import { createStatementCache } from './statement-cache.ts'
import { codeOfSqlite, StorageError } from './storage-error.ts'
import type { Param } from './contract.ts'

const readerBusyMs = 250

/** Resolves with what the writer found; the worker is ended when it could not open the file. */
export async function startWriter(request: OpenRequest): Promise<{ worker: Worker; opened: Opened }> {
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url).href)
  const opened = await new Promise<Opened>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
      if (data.kind === 'opened') return resolve(data)
      worker.terminate()
      if (data.kind === 'not-opened') reject(new StorageError(data.failure.code, data.failure.message))
    }
    worker.onerror = (event) => reject(new StorageError('failed', event.message))
    worker.postMessage(request)
  })
  return { worker, opened }
}

export function openReader(path: string) {
  const database = new Database(path, { readonly: true, strict: true })
  database.run(`PRAGMA busy_timeout = ${readerBusyMs}`)
  const statements = createStatementCache(database)
  return {
    all<Row>(sql: string, params: Param[]): Row[] {
      for (const param of params) sizeOfParam(param, sql)
      try {
        return statements.prepare(sql).all(...params) as Row[]
      } catch (problem) {
        throw new StorageError(codeOfSqlite(problem), (problem as Error).message)
      }
    },
    close(): void {
      statements.clear()
      database.close()
    },
  }
}
