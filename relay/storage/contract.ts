// What any storage is, whichever database it stands on: batches go in whole, reads see what was committed.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'

export type Param = string | number | bigint | null | Uint8Array

export type Statement = {
  sql: string
  params?: Param[]
  /** The exact number of rows it must change; otherwise the whole batch is refused and rolled back. */
  changes?: number
}

export type NewEvent = {
  channel: string
  type: string
  /** JSON text. */
  data: string
  /** Milliseconds since 1970. */
  timestamp: number
  /** An execution id: the event is numbered in `task:<id>` as well. */
  task?: string | null
}

export type KeptAnswer = {
  userId: string
  id: string
  hash: string
  outcome: 'success' | 'error'
  /** JSON text. */
  result: string
  /** Milliseconds since 1970. */
  at: number
}

/** Applied as a whole or not at all: first the answer, then the statements in order, then the events. */
export type Batch = { statements?: Statement[]; events?: NewEvent[]; answer?: KeptAnswer }

export type Position = { seq: number; taskSeq: number | null }

/**
 * committed: durable; positions of the events in their order · refused: the statement with this index changed another
 * number of rows than it had to, or broke a constraint · repeated: an answer with this (userId, id) is already kept.
 */
export type CommitResult =
  | { outcome: 'committed'; positions: Position[] }
  | { outcome: 'refused'; statement: number }
  | { outcome: 'repeated' }

/** How the writer is doing. `stuckOn` stands until a commit goes through again. */
export type WriterHealth = { waitingBatches: number; waitingBytes: number; underWayMs: number; stuckOn: 'full' | 'locked' | null }

export interface Storage {
  /** One random string per database; another one means that positions of the old log say nothing. */
  readonly epoch: string
  /** Resolves once the batch is on disk, in the order of the calls. Rejects with a StorageError, and then nothing of it was kept. */
  commit(batch: Batch): Promise<CommitResult>
  /** Sees everything whose commit has resolved. */
  query<Row>(sql: string, params?: Param[]): Promise<Row[]>
  /** Raised before commits resolve: while it stands still, nothing that this process has written is news. */
  commits(): number
  writer(): WriterHealth
  /** Finishes what was submitted, then closes; later calls reject with `closed`. */
  close(): Promise<void>
}

export type StorageOptions = {
  /** `sqlite:<path>`, `file:<path>` or a bare path. */
  url: string
  clock: Clock
  log: Log
  /** How long a commit waits for a lock of another program before it is rejected with `locked`. */
  busyMs?: number
  /** Told once when nothing can be kept any more, and why: the file was deleted, replaced or damaged. */
  lost?: (reason: string) => void
  /** Told after each group of batches: how many there were, and how many milliseconds it took from handing them over until they were on disk. */
  groupDone?: (batches: number, ms: number) => void
  /** Makes the epoch of a new database. */
  randomId?: () => string
}
