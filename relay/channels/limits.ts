// The numbers of delivery: how long, how many, how much.
export type ChannelLimits = {
  /** How long the messages of a busy channel gather before they leave together. */
  windowMs: number
  /** A reader further behind than this is not replayed to but told to load the state anew. */
  maxMissedEvents: number
  maxMissedBytes: number
  /** One page of a replay. */
  pageEvents: number
  pageBytes: number
  /** Past this a reader leaves the live topics and is fed from the log. */
  slowBytes: number
  /** Past this, or without any progress for so long, it is closed and comes back by position. */
  maxBufferedBytes: number
  maxStalledMs: number
  scanMs: number
  /** After so much in one channel its readers are looked at without waiting for the next scan. */
  volumeBytes: number
  /** Partial text reaches the disk after at most this long or this much. */
  blockWriteMs: number
  blockWriteLength: number
}

export const defaultLimits: ChannelLimits = {
  windowMs: 5,
  maxMissedEvents: 5_000,
  maxMissedBytes: 4 * 1024 * 1024,
  pageEvents: 100,
  pageBytes: 128 * 1024,
  slowBytes: 256 * 1024,
  maxBufferedBytes: 1024 * 1024,
  maxStalledMs: 30_000,
  scanMs: 200,
  volumeBytes: 64 * 1024,
  blockWriteMs: 100,
  blockWriteLength: 4 * 1024,
}
