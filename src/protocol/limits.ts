// The numbers both sides rely on; those a setting can change are sent in `connected`.
export const LIMITS = {
  frameBytes: 1024 * 1024,
  messagesPerFrame: 100,
  /** In one frame or one request: lists, objects and what they hold. */
  valuesPerFrame: 5_000,
  /** Before anybody has said who they are; a token is at most half of it. */
  unsignedFrameBytes: 32 * 1024,
  userBytesPerSecond: 16 * 1024 * 1024,
  /** One value counts like so many bytes: it takes as long. */
  valueBytes: 256,
  badFramesPer10s: 20,
  authWithinMs: 10_000,
  browserPingMs: 25_000,
  browserSilenceMs: 35_000,
  relayPingMs: 30_000,
  relaySilenceMs: 75_000,
  idleWithoutSubscriptionMs: 300_000,
  queueLength: 50,
  historyEvents: 500,
  replayEvents: 5_000,
  replayBytes: 4 * 1024 * 1024,
  lagBytes: 256 * 1024,
  closeBytes: 1024 * 1024,
  closeAfterLagMs: 30_000,
  joinWindowMs: 5,
  promptChars: 256 * 1024,
  noteChars: 32 * 1024,
  titleChars: 200,
  toolTextBytes: 64 * 1024,
  inputDepth: 64,
  uploadInMessageBytes: 700 * 1024,
  /** Of a file, in one message. */
  chunkBytes: 512 * 1024,
  chunksInFlightBytes: 32 * 1024 * 1024,
  attachments: 20,
  /** Of what a script keeps with its execution, as JSON. */
  metadataBytes: 16 * 1024,
  tools: 100,
  turns: 1_000,
  answersKeptMs: 7 * 24 * 3600 * 1000,
  subscriptionsPerConnection: 200,
} as const

/** What a relay tells a browser about itself in `connected`. */
export type AnnouncedLimits = { frame_bytes: number; messages_per_second: number; upload_bytes: number }
