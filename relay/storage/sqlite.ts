// Storage on SQLite: batches gather here while the writer's thread is busy, and reads have a connection of their own.
import { Database } from 'bun:sqlite'
import type { FromWriter, Opened, ToWriter } from './sqlite-messages.ts'
import { createStatementCache } from './statement-cache.ts'
import { codeOfSqlite, StorageError } from './storage-error.ts'
import type { Batch, CommitResult, Param, Storage, StorageOptions } from './storage.ts'

const maxGroupBatches = 1_000
const maxGroupBytes = 4 * 1024 * 1024
const maxWaitingBytes = 64 * 1024 * 1024
const readerBusyMs = 250

type Waiting = {
  batch: Batch
  bytes: number
  resolve: (result: CommitResult) => void
  reject: (problem: StorageError) => void
}

/** About how much memory a parameter holds. Throws for what is none, before it can reach the writer and spoil a group. */
function sizeOfParam(param: Param, sql: string): number {
  if (typeof param === 'string') return param.length
  if (param instanceof Uint8Array) return param.byteLength
  if (param === null || typeof param === 'number' || typeof param === 'bigint') return 8
  throw new StorageError('failed', `a parameter is ${typeof param} in: ${sql}`)
}

/** About how much memory a batch holds while it waits. */
function sizeOf(batch: Batch): number {
  let bytes = 256 + (batch.answer?.result.length ?? 0)
  for (const event of batch.events ?? []) bytes += event.data.length + 128
  for (const { sql, params = [] } of batch.statements ?? []) {
    bytes += sql.length
    for (const param of params) bytes += sizeOfParam(param, sql)
  }
  return bytes
}

/** Resolves with what the writer found; the worker is ended when it could not open the file. */
function start(worker: Worker, request: ToWriter): Promise<Opened> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
      if (data.kind === 'opened') return resolve(data)
      worker.terminate()
      if (data.kind === 'not-opened') reject(new StorageError(data.failure.code, data.failure.message))
    }
    worker.onerror = (event) => reject(new StorageError('failed', event.message))
    worker.postMessage(request)
  })
}

function openReader(path: string): Database {
  const reader = new Database(path, { readonly: true, strict: true })
  reader.run(`PRAGMA busy_timeout = ${readerBusyMs}`)
  return reader
}

export async function openSqlite(path: string, { clock, log, busyMs = 5_000, randomId }: StorageOptions): Promise<Storage> {
  const newEpoch = (randomId ?? crypto.randomUUID.bind(crypto))()
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url).href)
  const opened = await start(worker, { kind: 'open', path, busyMs, newEpoch, now: clock.now() })
  if (opened.setAside !== null) {
    log.error('storage.damaged', { path, set_aside: opened.setAside, reason: opened.reason, epoch: opened.epoch })
  }
  const reader = openReader(path)
  const statements = createStatementCache(reader)

  let waiting: Waiting[] = []
  let waitingBytes = 0
  let group: Waiting[] = []
  let state: 'open' | 'closing' | 'closed' = 'open'
  let closed: (() => void) | null = null
  let closing: Promise<void> | null = null
  let commits = 0

  function submit(): void {
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < maxGroupBatches && bytes < maxGroupBytes) bytes += waiting[count++]!.bytes
    group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    worker.postMessage({ kind: 'group', batches: group.map((entry) => entry.batch) } satisfies ToWriter)
  }

  function goOn(): void {
    if (group.length > 0) return
    if (waiting.length > 0) return submit()
    if (state !== 'closing') return
    // The writer goes last: whoever closes last folds the WAL into the file and removes it.
    statements.clear()
    reader.close()
    worker.postMessage({ kind: 'close' } satisfies ToWriter)
  }

  function end(problem: StorageError): void {
    state = 'closed'
    const lost = [...group, ...waiting]
    group = []
    waiting = []
    for (const entry of lost) entry.reject(problem)
    worker.terminate()
    closed?.()
  }

  worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
    if (data.kind === 'closed') return end(new StorageError('closed', 'the storage is closed'))
    if (data.kind !== 'group-done') return
    const done = group
    group = []
    commits += 1
    // The next group goes out first: the writer works while this thread tells the news.
    for (const entry of done) waitingBytes -= entry.bytes
    goOn()
    for (const [index, reply] of data.replies.entries()) {
      const { resolve, reject } = done[index]!
      if (reply.outcome === 'failed') reject(new StorageError(reply.failure.code, reply.failure.message))
      else resolve(reply)
    }
  }
  worker.onerror = (event) => {
    log.error('storage.writer_died', { message: event.message })
    end(new StorageError('closed', 'the writer has died'))
  }

  return {
    epoch: opened.epoch,
    async commit(batch) {
      if (state !== 'open') throw new StorageError('closed', 'the storage is closed')
      const bytes = sizeOf(batch)
      if (waitingBytes + bytes > maxWaitingBytes) throw new StorageError('locked', 'the writer is too far behind')
      return new Promise((resolve, reject) => {
        waiting.push({ batch, bytes, resolve, reject })
        waitingBytes += bytes
        goOn()
      })
    },
    async query<Row>(sql: string, params: Param[] = []): Promise<Row[]> {
      if (state !== 'open') throw new StorageError('closed', 'the storage is closed')
      for (const param of params) sizeOfParam(param, sql)
      try {
        return statements.prepare(sql).all(...params) as Row[]
      } catch (problem) {
        throw new StorageError(codeOfSqlite(problem), (problem as Error).message)
      }
    },
    commits: () => commits,
    close() {
      closing ??= new Promise((resolve) => {
        if (state === 'closed') return resolve()
        closed = resolve
        state = 'closing'
        goOn()
      })
      return closing
    },
  }
}
