// The SHA-256 of uploads, one piece behind their bytes: who has sent one is answered when it is on the disk, and it is hashed while the next is
// on its way. What a restart has lost is read again from the disk at the end.
import { createInTurn } from './in-turn.ts'

type Running = { hash: Bun.CryptoHasher; bytes: number; behind: Promise<void> }

export function createRunningHashes() {
  const running = new Map<string, Running>()
  const inTurn = createInTurn()
  return {
    /** Null where it does not fit what is on the disk: then it is worked out at the end. */
    at(id: string, length: number): { add(piece: Uint8Array): void; caughtUp(): Promise<void> } | null {
      let known = running.get(id)
      if (known === undefined && length === 0) running.set(id, (known = { hash: new Bun.CryptoHasher('sha256'), bytes: 0, behind: Promise.resolve() }))
      if (known?.bytes !== length) {
        running.delete(id)
        return null
      }
      const mine = known
      return {
        /** Takes what is on the disk, and holds it until it is hashed. */
        add(piece) {
          mine.bytes += piece.byteLength
          mine.behind = inTurn(() => void mine.hash.update(piece))
        },
        /** So that no more than one piece of an upload is held. */
        caughtUp: () => mine.behind,
      }
    },
    /** In hex, and forgets it; null where it did not come along with all of the bytes. */
    async take(id: string, length: number): Promise<string | null> {
      const known = running.get(id)
      running.delete(id)
      if (known?.bytes !== length) return null
      await known.behind
      return known.hash.digest('hex')
    },
    forget: (id: string): void => void running.delete(id),
  }
}

/** In hex, of bytes that are there as a whole. */
export async function hashOf(content: Blob | ReadableStream<Uint8Array> | null): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256')
  for await (const chunk of content instanceof Blob ? content.stream() : (content ?? [])) hash.update(chunk)
  return hash.digest('hex')
}
