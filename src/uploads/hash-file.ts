// SHA-256 of a file. The browser's own takes no pieces and is missing over plain http: it gets what fits into memory, a library does the rest.
import { sha256 } from '@noble/hashes/sha2.js'

const PIECE_BYTES = 1024 * 1024
/** The browser's own is some ten times faster, and wants all of it at once: so much of a machine of unknown memory, and of one with plenty. */
const AT_ONCE_BYTES = 64 * 1024 * 1024
const AT_ONCE_WITH_ROOM_BYTES = 256 * 1024 * 1024
const ROOM_GIB = 8

/** `memoryGib`: of the machine, where the browser says. */
export const atOnceBytes = (memoryGib: number | undefined): number => (memoryGib !== undefined && memoryGib >= ROOM_GIB ? AT_ONCE_WITH_ROOM_BYTES : AT_ONCE_BYTES)

/** `subtle` null: over plain http; else it gets what has up to `atOnce` bytes. Null when nobody wants it any more. Rejects when the file cannot be read. */
export async function hashFile(file: Blob, { subtle, atOnce }: { subtle: Pick<SubtleCrypto, 'digest'> | null; atOnce: number }, isWanted: () => boolean): Promise<Uint8Array | null> {
  if (subtle && file.size <= atOnce) return new Uint8Array(await subtle.digest('SHA-256', await file.arrayBuffer()))
  const hash = sha256.create()
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()))
    if (!isWanted()) return null
  }
  return hash.digest()
}
