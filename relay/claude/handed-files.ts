// The files of a session as its Claude finds them: a folder with the names that people gave them, which it reads without asking and cannot change.
import { chmod, constants, copyFile, link, mkdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type HandedFile = {
  id: string
  /** In the folder of the session, `/` between. */
  path: string
  /** Where its bytes are on this machine; null: they are gone. */
  local(): Promise<string | null>
}
export type HandedFiles = Awaited<ReturnType<typeof openHandedFiles>>

/** In the data folder, and the same from inside of a sandbox: all that is seen of it there. */
export const HANDED = 'handed'
/** What sandboxed processes see in its place: a folder each, because one may be started before it is known for whom. */
const SHOWN = 'shown'
const atOnce = 8

/** The same for every process of the session, so that what Claude was told of stays where it was. */
export const handedFolder = (dataFolder: string, sessionId: string): string => join(dataFolder, HANDED, sessionId)

/** For the CLI, by its pattern of paths: reading there, also by commands, is asked of nobody. */
export const readingRule = (dataFolder: string, sessionId: string): string => `Read(/${handedFolder(dataFolder, sessionId).replace(/[\\*?[\]{}()!]/g, (each) => `\\${each}`)}/**)`

/** A second name costs no space; where the file system does not give one, a copy does. */
async function put(path: string, target: string, isMountedReadOnly: boolean): Promise<void> {
  // Nothing but a copy keeps root from writing into what others read, too.
  const isRoot = process.getuid?.() === 0
  try {
    await (isRoot && !isMountedReadOnly ? copyFile(path, target, constants.COPYFILE_FICLONE) : link(path, target))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return
    await copyFile(path, target, constants.COPYFILE_FICLONE)
  }
  if (!isMountedReadOnly) await chmod(target, 0o400)
}

/** `sandboxed`: the name of the process in its sandbox; null without one. */
export async function openHandedFiles(dataFolder: string, sandboxed: string | null) {
  const root = sandboxed === null ? join(dataFolder, HANDED) : join(dataFolder, SHOWN, sandboxed)
  if (sandboxed !== null) await mkdir(root, { recursive: true, mode: 0o700 })
  /** Ids by path. */
  const laid = new Map<string, string>()
  let folder: string | null = null

  async function takeAway(path: string): Promise<void> {
    await rm(join(folder!, path), { force: true })
    laid.delete(path)
    // Up to the first that holds something.
    for (let above = dirname(path); above !== '.'; above = dirname(above)) if (!(await rmdir(join(folder!, above)).then(() => true, () => false))) return
  }

  async function lay({ id, path, local }: HandedFile): Promise<void> {
    const from = await local()
    if (from === null) return
    const target = join(folder!, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await put(from, target, sandboxed !== null)
    laid.set(path, id)
  }

  return {
    /** To be mounted; null without a sandbox. */
    shown: sandboxed === null ? null : root,
    /** Brings the folder of the session in line: exactly these files. Those that are gone meanwhile are left out. */
    async share(sessionId: string, files: readonly HandedFile[]): Promise<void> {
      if (folder === null) {
        folder = join(root, sessionId)
        await rm(folder, { recursive: true, force: true })
      }
      const wanted = new Map(files.map((each) => [each.path, each.id]))
      for (const [path, id] of [...laid]) if (wanted.get(path) !== id) await takeAway(path)
      const missing = files.filter(({ path }) => !laid.has(path))
      const work = async () => {
        for (let next = missing.shift(); next; next = missing.shift()) await lay(next)
      }
      await Promise.all(Array.from({ length: atOnce }, work))
    },
    async remove(): Promise<void> {
      const gone = sandboxed === null ? folder : root
      if (gone !== null) await rm(gone, { recursive: true, force: true })
    },
  }
}

/** What processes of an earlier run had, when none of them is left. */
export async function removeHandedFiles(dataFolder: string): Promise<void> {
  for (const each of [HANDED, SHOWN]) await rm(join(dataFolder, each), { recursive: true, force: true })
}
