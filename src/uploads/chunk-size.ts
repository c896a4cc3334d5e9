// How much goes in one request: as much as takes between one and two seconds on this link, so that little is lost at a cut and little is said too often; pure.

export const FIRST_CHUNK_BYTES = 1024 * 1024
export const SMALLEST_BYTES = 64 * 1024
const LARGEST_BYTES = 64 * 1024 * 1024
const AIM_MS = 1_500
/** In one step: a single quick answer says little about the link. */
const MOST_GROWTH = 4

/** After `bytes` were accepted in `ms`. A last, small piece is no measure. */
export function chunkAfterAnswer(chunkBytes: number, bytes: number, ms: number): number {
  if (bytes < chunkBytes / 2) return chunkBytes
  const wanted = (bytes * AIM_MS) / Math.max(1, ms)
  return bounded(Math.min(wanted, chunkBytes * MOST_GROWTH))
}

export const chunkAfterCut = (chunkBytes: number): number => bounded(chunkBytes / 2)

/** Whole blocks of 64 KiB. */
const bounded = (bytes: number) => Math.min(LARGEST_BYTES, Math.max(SMALLEST_BYTES, Math.floor(bytes / SMALLEST_BYTES) * SMALLEST_BYTES))
