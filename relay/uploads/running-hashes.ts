// The SHA-256 of uploads, alongside their bytes. What a restart has lost is read again from the disk at the end.
type Running = { hash: Bun.CryptoHasher; bytes: number }

export function createRunningHashes() {
  const running = new Map<string, Running>()
  return {
    /** Null where it does not fit what is on the disk: then it is worked out at the end. */
    at(id: string, length: number): { add(chunk: Uint8Array): void } | null {
      let known = running.get(id)
      if (known === undefined && length === 0) running.set(id, (known = { hash: new Bun.CryptoHasher('sha256'), bytes: 0 }))
      if (known?.bytes !== length) {
        running.delete(id)
        return null
      }
      const { hash } = known
      return {
        add(chunk) {
          hash.update(chunk)
          known.bytes += chunk.byteLength
        },
      }
    },
    /** In hex, and forgets it; null where it did not come along with all of the bytes. */
    take(id: string, length: number): string | null {
      const known = running.get(id)
      running.delete(id)
      return known?.bytes === length ? known.hash.digest('hex') : null
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
