// Copies on this machine of files that are kept elsewhere, for readers that want a path: as many as have room, the longest unused go.
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'

type Source = { content: ReadableStream<Uint8Array>; bytes: number }

export function createCopies({ folder, maxBytes, clock }: { folder: string; maxBytes: number; clock: Clock }) {
  const pathOf = (blob: string) => join(folder, blob)
  /** Who asks for the same meanwhile gets the same. */
  const underWay = new Map<string, Promise<string | null>>()
  let used = 0

  /** By the order of use, not by the clock: both of two within a millisecond count. */
  async function touch(path: string): Promise<boolean> {
    try {
      used = Math.max(used + 1, clock.now())
      await utimes(path, used / 1000, used / 1000)
      return true
    } catch {
      return false
    }
  }

  async function fetch(blob: string, source: () => Promise<Source | null>): Promise<string | null> {
    const found = await source()
    if (!found) return null
    const draft = `${pathOf(blob)}~`
    const handle = await open(draft, 'w', 0o600)
    try {
      let written = 0
      for await (const chunk of found.content) {
        for (let done = 0; done < chunk.byteLength; ) done += (await handle.write(chunk, done, chunk.byteLength - done)).bytesWritten
        written += chunk.byteLength
      }
      if (written !== found.bytes) throw new Error(`the copy has ${written} of ${found.bytes} bytes`)
      // A name never stands for less than all, also not after a power failure.
      await handle.sync()
      await rename(draft, pathOf(blob))
    } finally {
      await handle.close()
      await rm(draft, { force: true })
    }
    await touch(pathOf(blob))
    await makeRoom(blob)
    return pathOf(blob)
  }

  async function makeRoom(kept: string): Promise<void> {
    const all = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const about = await stat(pathOf(name)).catch(() => null)
        return { name, bytes: about?.size ?? 0, usedAt: about?.mtimeMs ?? 0 }
      }),
    )
    let bytes = all.reduce((sum, each) => sum + each.bytes, 0)
    for (const each of all.sort((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= maxBytes) return
      if (each.name === kept || each.name.endsWith('~')) continue
      await rm(pathOf(each.name), { force: true })
      bytes -= each.bytes
    }
  }

  return {
    async prepare(): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      for (const name of await readdir(folder)) if (name.endsWith('~')) await rm(pathOf(name), { force: true })
    },
    /** The path of the copy; it is fetched when there is none. null: there is nothing to copy. One larger than all room is the only one. */
    async of(blob: string, source: () => Promise<Source | null>): Promise<string | null> {
      const already = underWay.get(blob)
      if (already) return already
      if (await touch(pathOf(blob))) return pathOf(blob)
      const work = underWay.get(blob) ?? fetch(blob, source).finally(() => underWay.delete(blob))
      underWay.set(blob, work)
      return work
    },
    drop: (blob: string): Promise<void> => rm(pathOf(blob), { force: true }),
  }
}
