// Files on their way in: written and synced on this disk, and only whole ones are handed to the store.
import { Refused } from '#protocol'
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from './blob-store.ts'
import { sniffedBytes } from './content-type.ts'

/** Bytes as they come, or all there are. */
export type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export type Blob = { blob: string; size: number; sha256: string; head: Uint8Array }

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) done += (await handle.write(chunk, done, chunk.byteLength - done)).bytesWritten
}

export function createBlobs({ folder, store, newId }: { folder: string; store: BlobStore; newId: () => string }) {
  const half = join(folder, 'incoming')
  /** Being written, or written and without a row yet. */
  const busy = new Set<string>()

  async function receive(handle: FileHandle, content: Content, maxBytes: number): Promise<Omit<Blob, 'blob'>> {
    const hash = new Bun.CryptoHasher('sha256')
    const head = Buffer.alloc(sniffedBytes)
    let size = 0
    for await (const chunk of content) {
      if (size + chunk.byteLength > maxBytes) throw new Refused('TOO_LARGE', `a file may have ${maxBytes} bytes`)
      if (size < sniffedBytes) head.set(chunk.subarray(0, sniffedBytes - size), size)
      await writeAll(handle, chunk)
      hash.update(chunk)
      size += chunk.byteLength
    }
    await handle.sync()
    return { size, sha256: hash.digest('hex'), head: head.subarray(0, size) }
  }

  return {
    /** Before the first use. */
    async prepare(): Promise<void> {
      await mkdir(half, { recursive: true, mode: 0o700 })
      await store.prepare()
    },
    /** TOO_LARGE past `maxBytes`, BUSY when the disk is full; then nothing of it is left. Ends with `release` or `remove`. */
    async write(content: Content, { maxBytes, extension }: { maxBytes: number; extension: string }): Promise<Blob> {
      // Claude is given the path of what it cannot be sent, and goes by the ending when it reads it.
      const blob = newId() + extension
      const temporary = join(half, blob)
      busy.add(blob)
      let handle: FileHandle | null = null
      try {
        handle = await open(temporary, 'wx', 0o600)
        const received = await receive(handle, content, maxBytes)
        await handle.close()
        await store.take(blob, temporary)
        return { blob, ...received }
      } catch (problem) {
        await handle?.close().catch(() => undefined)
        await rm(temporary, { force: true })
        await store.remove(blob).catch(() => undefined)
        busy.delete(blob)
        const full = ['ENOSPC', 'EDQUOT'].includes((problem as { code?: string }).code ?? '')
        throw full ? new Refused('BUSY', 'no room for this file on the disk of the relay', { retryAfterMs: 60_000 }) : problem
      }
    },
    /** A row speaks for it now. */
    release: (blob: string): void => void busy.delete(blob),
    async remove(blob: string): Promise<void> {
      await store.remove(blob)
      busy.delete(blob)
    },
    removeHalf: (name: string): Promise<void> => rm(join(half, name), { force: true }),
    /** Files that nobody is about to give a row to, and what a crash left half-written. */
    async names(): Promise<{ whole: string[]; half: string[] }> {
      const whole: string[] = []
      for await (const name of store.names()) if (!busy.has(name)) whole.push(name)
      const grown = await readdir(half, { withFileTypes: true })
      return { whole, half: grown.filter((each) => each.isFile() && !busy.has(each.name)).map(({ name }) => name) }
    },
  }
}
