// Bytes that still grow, on the disk of the relay: how many there are is the length of the file, so that it is true after any crash.
import { Refused } from '#protocol'
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes as they come, or all there are. A piece is only good until the next one is asked for. */
export type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** An upload under way: where it ends, and when its last byte came (milliseconds since 1970). */
export type Grown = { length: number; touchedAt: number }

export type Growing = {
  length: number
  /** BUSY when the disk is full; what found room is there then. */
  append(chunk: Uint8Array): Promise<void>
  cut(length: number): Promise<void>
  close(): Promise<void>
}

/** What is asked again when there is room; anything else stays what it is. */
export function diskRefusal(problem: unknown): unknown {
  const isFull = ['ENOSPC', 'EDQUOT'].includes((problem as { code?: string } | null)?.code ?? '')
  return isFull ? new Refused('BUSY', 'no room for this on the disk of the relay; it can go on when there is', { retryAfterMs: 30_000, details: { reason: 'disk' } }) : problem
}

async function orNull<T>(made: Promise<T>): Promise<T | null> {
  try {
    return await made
  } catch (problem) {
    if ((problem as { code?: string }).code === 'ENOENT') return null
    throw problem
  }
}

export function createStaging(folder: string) {
  const pathOf = (blob: string) => join(folder, blob)

  async function opened(blob: string, flags: 'r' | 'r+'): Promise<FileHandle | null> {
    return orNull(open(pathOf(blob), flags))
  }

  return {
    pathOf,
    /** Before the first use. */
    async prepare(): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    /** Empty; no harm to one that is there. */
    async create(blob: string): Promise<void> {
      const handle = await open(pathOf(blob), 'a', 0o600).catch((problem: unknown) => Promise.reject(diskRefusal(problem) as Error))
      await handle.close()
    },
    /** null: there is none. */
    async grown(blob: string): Promise<Grown | null> {
      const found = await orNull(stat(pathOf(blob)))
      return found && { length: found.size, touchedAt: found.mtimeMs }
    },
    /** At its end; null: there is none. */
    async open(blob: string): Promise<Growing | null> {
      const handle = await opened(blob, 'r+')
      if (!handle) return null
      const growing: Growing = {
        length: (await handle.stat()).size,
        async append(chunk) {
          try {
            for (let done = 0; done < chunk.byteLength; ) {
              const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, growing.length)
              done += bytesWritten
              growing.length += bytesWritten
            }
          } catch (problem) {
            throw diskRefusal(problem)
          }
        },
        async cut(length) {
          await handle.truncate(length)
          growing.length = length
        },
        close: () => handle.close(),
      }
      return growing
    },
    /** Survives a crash from now on. */
    async sync(blob: string): Promise<void> {
      const handle = await opened(blob, 'r+')
      if (!handle) return
      try {
        await handle.sync()
      } catch (problem) {
        throw diskRefusal(problem)
      } finally {
        await handle.close()
      }
    },
    async remove(blob: string): Promise<void> {
      await rm(pathOf(blob), { force: true })
    },
    async names(): Promise<string[]> {
      return (await readdir(folder, { withFileTypes: true })).filter((each) => each.isFile()).map(({ name }) => name)
    },
  }
}

export type Staging = ReturnType<typeof createStaging>
