// Whole files in a folder of this machine: a name in it is always a whole file.
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isBlobName, type BlobStore } from './blob-store.ts'

const isMissing = (problem: unknown) => (problem as { code?: unknown }).code === 'ENOENT'

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function createLocalBlobs({ folder }: { folder: string }): BlobStore {
  const pathOf = (blob: string) => join(folder, blob)

  async function size(blob: string): Promise<number | null> {
    try {
      return (await stat(pathOf(blob))).size
    } catch (problem) {
      if (isMissing(problem)) return null
      throw problem
    }
  }

  return {
    where: folder,
    async prepare() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    async take(blob, path) {
      try {
        await rename(path, pathOf(blob))
      } catch (problem) {
        // It was taken before, and whoever did so did not hear of it.
        if (!isMissing(problem) || (await size(blob)) === null) throw problem
      }
      await syncFolder(folder)
    },
    size,
    async read(blob, from = 0, to) {
      return (await size(blob)) === null ? null : Bun.file(pathOf(blob)).slice(from, to)
    },
    async local(blob) {
      return (await size(blob)) === null ? null : pathOf(blob)
    },
    remove: (blob) => rm(pathOf(blob), { force: true }),
    // It lies where the database lies, whose trouble is told already.
    look: () => access(folder),
    async *names() {
      for (const each of await readdir(folder, { withFileTypes: true })) if (each.isFile() && isBlobName(each.name)) yield each.name
    },
  }
}
