// How much room the disk has, whether that is enough for more, and what is told when it is not. Nobody else asks the disk.
import { Refused } from '#protocol'
import { statfsSync } from 'node:fs'

/** Of the disk on which this folder lies, in bytes. Throws where there is no such folder. */
export function diskOf(folder: string): { freeBytes: number; totalBytes: number } {
  const { bavail, bsize, blocks } = statfsSync(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** Bytes that are free where this folder lies, beyond those that are to stay free. Below zero others have filled the disk. */
export const spareBytes = (folder: string, reserveBytes: number): number => diskOf(folder).freeBytes - reserveBytes

export const noRoom = () => new Refused('BUSY', 'no room for this on the disk of the relay; it can go on when there is', { retryAfterMs: 30_000, details: { reason: 'disk' } })
