// What services hand to the channels: events to be kept and told, and signs that only pass.
import type { CommitResult, KeptAnswer, Statement } from '../storage/storage.ts'

export type OutEvent = {
  channel: string
  type: string
  data: object
  /** An execution id: told and numbered in `task:<id>` as well. */
  task?: string
  /** Milliseconds since 1970; now, if absent. */
  timestamp?: number
}

export type Publication = {
  statements?: Statement[]
  events: OutEvent[]
  answer?: KeptAnswer
  /** Called when the batch is committed and nothing of it has been told. */
  committed?: (result: CommitResult & { outcome: 'committed' }) => void
}

export type SignalOptions = {
  /** Of signals of one type that wait together only the latest with this key is sent. */
  latestKey?: string
  /** An execution id: sent in `task:<id>` as well. */
  task?: string
}
