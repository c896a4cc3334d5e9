// SHA-256 of a file. The browser's own takes no pieces and is missing over plain http: it gets what fits into memory, a library does the rest.
import { sha256 } from '@noble/hashes/sha2.js'

const PIECE_BYTES = 1024 * 1024
/** The browser's own is some ten times faster, and wants all of it at once. */
const AT_ONCE_BYTES = 64 * 1024 * 1024

/** `subtle` null: over plain http. Null when nobody wants it any more. Rejects when the file cannot be read. */
export async function hashFile(file: Blob, subtle: Pick<SubtleCrypto, 'digest'> | null, isWanted: () => boolean): Promise<Uint8Array | null> {
  if (subtle && file.size <= AT_ONCE_BYTES) return new Uint8Array(await subtle.digest('SHA-256', await file.arrayBuffer()))
  const hash = sha256.create()
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()))
    if (!isWanted()) return null
  }
  return hash.digest()
}
