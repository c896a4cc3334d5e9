// Whether a link is so fast that whatever else is done with a file would only slow its sending; pure.

const FAST_BYTES_PER_MS = 20_000

/** By a piece that took `ms`. */
export const isFastLink = (bytes: number, ms: number): boolean => bytes >= FAST_BYTES_PER_MS * ms
