// The files of a session as its Claude finds them: a folder with the names that people gave them, which it reads without asking and cannot change.
import { chmod, constants, copyFile, link, lstat, mkdir, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { spareBytes } from '../disk-room.ts'

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
/** So long a prompt waits for files that it does not name. */
const othersMs = 1_000

/** The same for every process of the session, so that what Claude was told of stays where it was. */
export const handedFolder = (dataFolder: string, sessionId: string): string => join(dataFolder, HANDED, sessionId)

/** All that people's files may lie in for Claude, of all sessions. */
export const handedFolders = (dataFolder: string): string[] => [HANDED, SHOWN].map((each) => join(dataFolder, each))

/** For the CLI, by its pattern of paths: reading there, also by commands, is asked of nobody. */
export const readingRule = (dataFolder: string, sessionId: string): string => `Read(/${handedFolder(dataFolder, sessionId).replace(/[\\*?[\]{}()!]/g, (each) => `\\${each}`)}/**)`

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

/** Takes room only where the file system keeps the same blocks twice, and never what is to stay free. */
async function copy(path: string, target: string, reserveBytes: number): Promise<void> {
  try {
    return await copyFile(path, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(codeOf(error)!)) throw error
  }
  const { size } = await stat(path)
  if (spareBytes(dirname(target), reserveBytes) < size) throw Object.assign(new Error('no room for a copy'), { code: 'ENOSPC' })
  await copyFile(path, target, constants.COPYFILE_EXCL)
}

/** False: its bytes are gone. Where the folder cannot be written to, a second name costs no space; elsewhere whoever has one could write into what the relay keeps. */
async function put(path: string, target: string, isMountedReadOnly: boolean, reserveBytes: number): Promise<boolean> {
  const copied = async () => {
    await copy(path, target, reserveBytes)
    if (!isMountedReadOnly) await chmod(target, 0o400)
  }
  try {
    // Where the file system gives no second name, a copy does.
    await (isMountedReadOnly ? link(path, target).catch((error: unknown) => (['EEXIST', 'ENOENT'].includes(codeOf(error)!) ? Promise.reject(error) : copied())) : copied())
  } catch (error) {
    // Another process of the session has laid it.
    if (codeOf(error) === 'EEXIST' && (await lstat(target)).isFile()) return true
    // Nothing half written is left.
    if (codeOf(error) !== 'EEXIST') await rm(target, { force: true })
    if (codeOf(error) === 'ENOENT' && !(await stat(path).then(() => true, () => false))) return false
    throw error
  }
  return true
}

/** `sandboxed`: the name of the process in its sandbox; null without one. `reserveBytes`: so much stays free on the disk. */
type Dependencies = { dataFolder: string; sandboxed: string | null; reserveBytes: number; clock: Pick<Clock, 'setTimer'> }

export async function openHandedFiles({ dataFolder, sandboxed, reserveBytes, clock }: Dependencies) {
  const root = sandboxed === null ? join(dataFolder, HANDED) : join(dataFolder, SHOWN, sandboxed)
  if (sandboxed !== null) await mkdir(root, { recursive: true, mode: 0o700 })
  /** Ids by path: what is to lie there, and what does. */
  let wanted = new Map<string, string>()
  const laid = new Map<string, string>()
  /** Ids of those that could not be handed over, and were named. */
  const named = new Set<string>()
  /** By id; `puts`: those whose bytes are here. */
  const underWay = new Map<string, Promise<NotHanded | null>>()
  const puts = new Set<Promise<unknown>>()
  /** No prompt waits for these. */
  let others: HandedFile[] = []
  let folder: string | null = null
  let isOver = false

  async function takeAway(path: string): Promise<void> {
    // Whatever was made of it.
    await rm(join(folder!, path), { recursive: true, force: true })
    laid.delete(path)
    // Up to the first that holds something.
    for (let above = dirname(path); above !== '.'; above = dirname(above)) if (!(await rmdir(join(folder!, above)).then(() => true, () => false))) return
  }

  async function putThere(from: string, { id, path }: HandedFile): Promise<void> {
    const target = join(folder!, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if (await put(from, target, sandboxed !== null, reserveBytes)) laid.set(path, id)
  }

  async function lay(file: HandedFile): Promise<void> {
    const isWanted = () => !isOver && wanted.get(file.path) === file.id
    const from = await file.local()
    // Deleted, or the process over, while its bytes were on their way.
    if (from === null || !isWanted()) return
    const putting = putThere(from, file)
    puts.add(putting)
    await putting.finally(() => puts.delete(putting))
    if (!isWanted() && !isOver) await takeAway(file.path)
  }

  /** Null: it is done, or was named before. */
  async function attempt({ id, path }: Pick<HandedFile, 'id' | 'path'>, work: () => Promise<void>): Promise<NotHanded | null> {
    try {
      await work()
      named.delete(id)
      return null
    } catch (error) {
      if (named.has(id)) return null
      named.add(id)
      return { path, error }
    }
  }

  function laying(file: HandedFile): Promise<NotHanded | null> {
    const known = underWay.get(file.id)
    // Whoever asked first names it.
    if (known) return known.then(() => null)
    const made = attempt(file, () => lay(file)).finally(() => underWay.delete(file.id))
    underWay.set(file.id, made)
    return made
  }

  /** A few at a time, as long as there are some. */
  async function layAll(files: HandedFile[]): Promise<NotHanded[]> {
    const failed: NotHanded[] = []
    const work = async () => {
      for (let next = files.shift(); next; next = files.shift()) failed.push(...[await laying(next)].filter((each) => each !== null))
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return failed
  }

  return {
    /** To be mounted; null without a sandbox. */
    shown: sandboxed === null ? null : root,
    /**
     * Brings the folder of the session in line: exactly these files. Those that are gone meanwhile are left out. Resolves when those
     * that are `needed`, by their ids, lie there; the others have a moment, and what takes longer, from a bucket far away perhaps, comes
     * beside: `later`. Of those that could not be handed over each is named once.
     */
    async share(sessionId: string, files: readonly HandedFile[], needed: readonly string[]): Promise<{ failed: NotHanded[]; later: Promise<NotHanded[]> }> {
      if (folder === null) {
        folder = join(root, sessionId)
        await rm(folder, { recursive: true, force: true })
      }
      others.length = 0
      wanted = new Map(files.map((each) => [each.path, each.id]))
      const failed: NotHanded[] = []
      for (const [path, id] of [...laid]) if (wanted.get(path) !== id) failed.push(...[await attempt({ id, path }, () => takeAway(path))].filter((each) => each !== null))
      const missing = files.filter(({ path }) => !laid.has(path))
      const isNeeded = new Set(needed)
      failed.push(...(await layAll(missing.filter(({ id }) => isNeeded.has(id)))))
      others = missing.filter(({ id }) => !isNeeded.has(id))
      const rest = layAll(others)
      const late = Promise.withResolvers<null>()
      const timer = clock.setTimer(() => late.resolve(null), othersMs)
      const inTime = await Promise.race([rest, late.promise]).finally(timer.cancel)
      return inTime === null ? { failed, later: rest } : { failed: [...failed, ...inTime], later: Promise.resolve([]) }
    },
    /** One that was deleted is not read any more. */
    async withdraw(id: string): Promise<void> {
      for (const [path, each] of [...wanted]) if (each === id) wanted.delete(path)
      for (const [path, each] of [...laid]) if (each === id) await takeAway(path)
    },
    async remove(): Promise<void> {
      isOver = true
      others.length = 0
      await Promise.allSettled(puts)
      const gone = sandboxed === null ? folder : root
      if (gone !== null) await rm(gone, { recursive: true, force: true })
    },
  }
}

/** What processes of an earlier run had, when none of them is left. */
export async function removeHandedFiles(dataFolder: string): Promise<void> {
  for (const each of handedFolders(dataFolder)) await rm(each, { recursive: true, force: true })
}
