// Bytes that still grow, on the disk of the relay: how many there are is the length of the file, so that it is true after any crash.
// What only asks the kernel for a number is asked at once: a way through the thread pool costs ten times as much, and half a dozen of them were
// most of what a request of 64 KiB took. Bytes go through the pool, so that nobody waits for the disk.
import { closeSync, fstatSync, ftruncate, openSync, statSync, write } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { noRoom } from '../disk-room.ts'

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
function diskRefusal(problem: unknown): unknown {
  const isFull = ['ENOSPC', 'EDQUOT'].includes((problem as { code?: string } | null)?.code ?? '')
  return isFull ? noRoom() : problem
}

const truncated = promisify(ftruncate)
const written = (file: number, chunk: Uint8Array, from: number, at: number): Promise<number> =>
  new Promise((resolve, reject) => write(file, chunk, from, chunk.byteLength - from, at, (problem, bytes) => (problem ? reject(problem) : resolve(bytes))))

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (problem) {
    if ((problem as { code?: string }).code === 'ENOENT') return null
    throw problem
  }
}

export function createStaging(folder: string) {
  const pathOf = (blob: string) => join(folder, blob)

  return {
    pathOf,
    /** Before the first use. */
    async prepare(): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    /** Empty; no harm to one that is there. */
    async create(blob: string): Promise<void> {
      try {
        closeSync(openSync(pathOf(blob), 'a', 0o600))
      } catch (problem) {
        throw diskRefusal(problem)
      }
    },
    /** null: there is none. */
    async grown(blob: string): Promise<Grown | null> {
      const found = statSync(pathOf(blob), { throwIfNoEntry: false })
      return found === undefined ? null : { length: found.size, touchedAt: found.mtimeMs }
    },
    /** At its end; null: there is none. */
    async open(blob: string): Promise<Growing | null> {
      const file = orNull(() => openSync(pathOf(blob), 'r+'))
      if (file === null) return null
      const growing: Growing = {
        length: fstatSync(file).size,
        async append(chunk) {
          try {
            for (let done = 0; done < chunk.byteLength; ) {
              const bytes = await written(file, chunk, done, growing.length)
              done += bytes
              growing.length += bytes
            }
          } catch (problem) {
            throw diskRefusal(problem)
          }
        },
        async cut(length) {
          await truncated(file, length)
          growing.length = length
        },
        close: async () => closeSync(file),
      }
      return growing
    },
    /** Survives a crash from now on. */
    async sync(blob: string): Promise<void> {
      try {
        const handle = await open(pathOf(blob), 'r+')
        try {
          await handle.sync()
        } finally {
          await handle.close()
        }
      } catch (problem) {
        if ((problem as { code?: string }).code !== 'ENOENT') throw diskRefusal(problem)
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
