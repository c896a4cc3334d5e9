// Whether the disk has room for more, and what is told when it has none.
import { Refused } from '#protocol'
import { statfsSync } from 'node:fs'

/** Bytes that are free where this folder lies, beyond those that are to stay free. Below zero others have filled the disk. */
export function spareBytes(folder: string, reserveBytes: number): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize - reserveBytes
}

export const noRoom = () => new Refused('BUSY', 'no room for this on the disk of the relay; it can go on when there is', { retryAfterMs: 30_000, details: { reason: 'disk' } })
