// The uploads that one sandboxed process may see: a folder of its own with the files of its session, and of no other.
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

export type HandedFiles = Awaited<ReturnType<typeof openHandedFiles>>

/** A second name costs no space; where the file system does not give one, a copy does. */
async function put(path: string, target: string): Promise<void> {
  try {
    await link(path, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' && code !== 'ENOENT') await copyFile(path, target)
  }
}

const parentOf = (dataFolder: string): string => join(dataFolder, 'handed')

export async function openHandedFiles(dataFolder: string, name: string) {
  const folder = join(parentOf(dataFolder), name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    /** Absolute; shown to the process in the place of all uploads. */
    folder,
    /** Brings the folder in line: exactly these files, by their own names. Those that are gone meanwhile are left out. */
    async share(paths: readonly string[]): Promise<void> {
      const wanted = new Map(paths.map((path) => [basename(path), path]))
      const there = new Set(await readdir(folder))
      for (const each of there) if (!wanted.has(each)) await rm(join(folder, each), { force: true })
      for (const [each, path] of wanted) if (!there.has(each)) await put(path, join(folder, each))
    },
    remove: (): Promise<void> => rm(folder, { recursive: true, force: true }),
  }
}

/** What processes of an earlier run had, when none of them is left. */
export const removeHandedFiles = (dataFolder: string): Promise<void> => rm(parentOf(dataFolder), { recursive: true, force: true })
