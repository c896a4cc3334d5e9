// What the thread of the relay and the thread of the writer say to each other.
import type { StorageErrorCode } from './storage-error.ts'
import type { Batch, CommitResult } from './contract.ts'

export type OpenRequest = { kind: 'open'; path: string; busyMs: number; newEpoch: string; now: number }

/** `damaged`: the reader found the file wrecked; the writer, who lives on its cache, would not notice. */
export type ToWriter = OpenRequest | { kind: 'group'; batches: Batch[] } | { kind: 'damaged' } | { kind: 'close' }

export type Failure = { code: StorageErrorCode; message: string }

/** One per batch of a group, in its order. */
export type BatchReply = CommitResult | { outcome: 'failed'; failure: Failure }

/** `setAside`: where a damaged database was moved to, when there was one. */
export type Opened = { kind: 'opened'; epoch: string; setAside: string | null; reason: string | null }

export type FromWriter =
  | Opened
  | { kind: 'not-opened'; failure: Failure }
  | { kind: 'group-done'; replies: BatchReply[] }
  | { kind: 'given-up'; problem: string }
  | { kind: 'closed'; problem: string | null }
