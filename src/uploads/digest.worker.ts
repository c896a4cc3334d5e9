// Hashes files beside the page: SHA-256 in plain JavaScript, because crypto.subtle takes no pieces, and is missing over plain http.
import { sha256 } from '@noble/hashes/sha2.js'
import type { DigestAnswer, DigestWish } from './digests.ts'

const PIECE_BYTES = 1024 * 1024
const dropped = new Set<string>()

self.addEventListener('message', ({ data }: MessageEvent<DigestWish>) => {
  if ('drop' in data) return void dropped.add(data.drop)
  void answer(data.id, data.file)
})

async function answer(id: string, file: Blob): Promise<void> {
  dropped.delete(id)
  const say = (message: DigestAnswer) => self.postMessage(message)
  try {
    const hash = sha256.create()
    for (let at = 0; at < file.size; at += PIECE_BYTES) {
      hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()))
      if (dropped.delete(id)) return
    }
    say({ id, digest: base64(hash.digest()) })
  } catch {
    // It cannot be read any more: whoever sends it finds out.
    say({ id, digest: null })
  }
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
