// Hashes files beside the page.
import type { DigestAnswer, DigestWish } from './digests.ts'
import { atOnceBytes, hashFile } from './hash-file.ts'

const dropped = new Set<string>()
/** Only Chromium says it. */
const atOnce = atOnceBytes((self.navigator as { deviceMemory?: number }).deviceMemory)

self.addEventListener('message', ({ data }: MessageEvent<DigestWish>) => {
  if ('drop' in data) return void dropped.add(data.drop)
  void answer(data.id, data.file)
})

async function answer(id: string, file: Blob): Promise<void> {
  dropped.delete(id)
  const say = (message: DigestAnswer) => self.postMessage(message)
  const subtle = (self.crypto as Partial<Crypto>).subtle ?? null
  // A file that cannot be read any more has none: whoever sends it finds out.
  const hash = await hashFile(file, { subtle, atOnce }, () => !dropped.delete(id)).catch(() => undefined)
  if (hash !== null) say({ id, digest: hash ? btoa(String.fromCharCode(...hash)) : null })
}
