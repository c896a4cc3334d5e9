// The files of a session as its Claude finds them: a folder with the names that people gave them, which it reads without asking and cannot change.
import { chmod, constants, copyFile, link, lstat, mkdir, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type HandedFile = {
  id: string
  /** In the folder of the session, `/` between. */
  path: string
  /** Where its bytes are on this machine; null: they are gone. */
  local(): Promise<string | null>
}
export type NotHanded = { path: string; error: unknown }
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

/** False: its bytes are gone. Where the folder cannot be written to, a second name costs no space; elsewhere whoever has one could write into what the relay keeps. */
async function put(path: string, target: string, isMountedReadOnly: boolean): Promise<boolean> {
  const copied = async () => {
    await copyFile(path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    if (!isMountedReadOnly) await chmod(target, 0o400)
  }
  const code = (error: unknown) => (error as NodeJS.ErrnoException).code
  try {
    // Where the file system gives no second name, a copy does.
    await (isMountedReadOnly ? link(path, target).catch((error: unknown) => (['EEXIST', 'ENOENT'].includes(code(error)!) ? Promise.reject(error) : copied())) : copied())
  } catch (error) {
    // Another process of the session has laid it.
    if (code(error) === 'EEXIST' && (await lstat(target)).isFile()) return true
    // Nothing half written is left.
    if (code(error) !== 'EEXIST') await rm(target, { force: true })
    if (code(error) === 'ENOENT' && !(await stat(path).then(() => true, () => false))) return false
    throw error
  }
  return true
}

/** `sandboxed`: the name of the process in its sandbox; null without one. */
export async function openHandedFiles(dataFolder: string, sandboxed: string | null) {
  const root = sandboxed === null ? join(dataFolder, HANDED) : join(dataFolder, SHOWN, sandboxed)
  if (sandboxed !== null) await mkdir(root, { recursive: true, mode: 0o700 })
  /** Ids by path. */
  const laid = new Map<string, string>()
  /** Ids of those that could not be handed over, and were named. */
  const named = new Set<string>()
  let folder: string | null = null

  async function takeAway(path: string): Promise<void> {
    // Whatever was made of it.
    await rm(join(folder!, path), { recursive: true, force: true })
    laid.delete(path)
    // Up to the first that holds something.
    for (let above = dirname(path); above !== '.'; above = dirname(above)) if (!(await rmdir(join(folder!, above)).then(() => true, () => false))) return
  }

  async function lay({ id, path, local }: HandedFile): Promise<void> {
    const from = await local()
    if (from === null) return
    const target = join(folder!, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if (await put(from, target, sandboxed !== null)) laid.set(path, id)
  }

  return {
    /** To be mounted; null without a sandbox. */
    shown: sandboxed === null ? null : root,
    /** Brings the folder of the session in line: exactly these files. Those that are gone meanwhile are left out. Resolves to those that could not be handed over, each once. */
    async share(sessionId: string, files: readonly HandedFile[]): Promise<NotHanded[]> {
      if (folder === null) {
        folder = join(root, sessionId)
        await rm(folder, { recursive: true, force: true })
      }
      const failed: NotHanded[] = []
      const attempt = async (file: Pick<HandedFile, 'id' | 'path'>, work: () => Promise<void>) => {
        try {
          await work()
          named.delete(file.id)
        } catch (error) {
          if (!named.has(file.id)) failed.push({ path: file.path, error })
          named.add(file.id)
        }
      }
      const wanted = new Map(files.map((each) => [each.path, each.id]))
      for (const [path, id] of [...laid]) if (wanted.get(path) !== id) await attempt({ id, path }, () => takeAway(path))
      const missing = files.filter(({ path }) => !laid.has(path))
      const work = async () => {
        for (let next = missing.shift(); next; next = missing.shift()) await attempt(next, () => lay(next!))
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      return failed
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
