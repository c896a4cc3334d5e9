// Storage on SQLite: batches gather here while the writer's thread is busy, and reads have a connection of their own.
import { sizeOf } from './batch-size.ts'
import { openReader, startWriter } from './open-sqlite.ts'
import type { FromWriter, ToWriter } from './sqlite-messages.ts'
import { StorageError } from './storage-error.ts'
import { suspicionOf } from './suspicion.ts'
import type { Batch, CommitResult, Param, Storage, StorageOptions } from './contract.ts'

const maxGroupBatches = 1_000
const maxGroupBytes = 4 * 1024 * 1024
const maxWaitingBytes = 64 * 1024 * 1024
const isCorrupt = (problem: unknown): problem is StorageError => problem instanceof StorageError && problem.code === 'corrupt'
const gone = () => new StorageError('closed', 'the storage is closed')

type Waiting = { batch: Batch; bytes: number; resolve: (result: CommitResult) => void; reject: (problem: StorageError) => void }

export async function openSqlite(path: string, { clock, log, busyMs = 5_000, lost, groupDone, randomId }: StorageOptions): Promise<Storage> {
  const newEpoch = (randomId ?? crypto.randomUUID.bind(crypto))()
  const { worker, opened } = await startWriter({ kind: 'open', path, busyMs, newEpoch, now: clock.now() })
  if (opened.setAside !== null) {
    const reason = `${opened.reason}; the old one is ${opened.setAside}`
    log.error('the database was damaged: a new one begins, and everybody signs in again', { path, set_aside: opened.setAside, reason, epoch: opened.epoch })
  }
  const reader = openReader(path)

  let waiting: Waiting[] = []
  let waitingBytes = 0
  let group: Waiting[] = []
  let commits = 0
  let groupSince = 0
  let stuckOn: 'full' | 'locked' | null = null
  let state: 'open' | 'closing' | 'closed' = 'open'
  const closed = Promise.withResolvers<void>()

  let isLost = false
  function lose(reason: string): void {
    if (isLost) return
    isLost = true
    suspicionOf(path).raise()
    lost?.(reason)
  }

  const post = (message: ToWriter) => worker.postMessage(message)

  /** Not even one tiny row can be read. */
  function isWrecked(): boolean {
    try {
      reader.all("SELECT value FROM meta WHERE name = 'epoch'", [])
      return false
    } catch (problem) {
      return isCorrupt(problem)
    }
  }

  /** Hands over what has gathered, unless the writer is busy. */
  function goOn(): void {
    if (group.length > 0) return
    if (waiting.length > 0) {
      let bytes = 0
      let count = 0
      while (count < waiting.length && count < maxGroupBatches && bytes < maxGroupBytes) bytes += waiting[count++]!.bytes
      group = waiting.splice(0, count)
      groupSince = clock.elapsed()
      return post({ kind: 'group', batches: group.map(({ batch }) => batch) })
    }
    if (state !== 'closing') return
    // The writer goes last: whoever closes last folds the WAL into the file and removes it.
    reader.close()
    post({ kind: 'close' })
  }

  worker.onmessage = ({ data }: MessageEvent<FromWriter>) => {
    if (data.kind === 'closed') {
      if (data.problem !== null) lose(data.problem)
      return end(gone())
    }
    if (data.kind === 'given-up') return lose(data.problem)
    if (data.kind !== 'group-done') return
    const done = group
    const tookMs = clock.elapsed() - groupSince
    group = []
    commits += 1
    // The next group goes out first: the writer works while this thread tells the news.
    for (const { bytes } of done) waitingBytes -= bytes
    goOn()
    groupDone?.(done.length, tookMs)
    for (const [index, reply] of data.replies.entries()) {
      const { resolve, reject } = done[index]!
      if (reply.outcome === 'failed' && reply.failure.code === 'corrupt') lose(reply.failure.message)
      stuckOn = reply.outcome === 'failed' && (reply.failure.code === 'full' || reply.failure.code === 'locked') ? reply.failure.code : null
      if (reply.outcome === 'failed') reject(new StorageError(reply.failure.code, reply.failure.message))
      else resolve(reply)
    }
  }
  worker.onerror = (event) => {
    log.error('storage.writer_died', { message: event.message })
    end(new StorageError('closed', 'the writer has died'))
  }

  function end(problem: StorageError): void {
    state = 'closed'
    const lost = [...group, ...waiting]
    group = []
    waiting = []
    for (const { reject } of lost) reject(problem)
    worker.terminate()
    closed.resolve()
  }

  return {
    epoch: opened.epoch,
    async commit(batch) {
      if (state !== 'open') throw gone()
      const bytes = sizeOf(batch)
      if (waitingBytes + bytes > maxWaitingBytes) throw new StorageError('locked', 'the writer is too far behind')
      return new Promise((resolve, reject) => {
        waiting.push({ batch, bytes, resolve, reject })
        waitingBytes += bytes
        goOn()
      })
    },
    async query<Row>(sql: string, params: Param[] = []): Promise<Row[]> {
      if (state !== 'open') throw gone()
      try {
        return reader.all<Row>(sql, params)
      } catch (problem) {
        if (isCorrupt(problem)) {
          log.error('the database is damaged', { reason: problem.message })
          // One bad page does not end it: what can still be read is read.
          if (isWrecked()) post({ kind: 'damaged' })
        }
        throw problem
      }
    },
    commits: () => commits,
    writer: () => ({ waitingBatches: waiting.length, waitingBytes, underWayMs: group.length === 0 ? 0 : clock.elapsed() - groupSince, stuckOn }),
    close() {
      if (state === 'open') {
        state = 'closing'
        goOn()
      }
      return closed.promise
    },
  }
}
