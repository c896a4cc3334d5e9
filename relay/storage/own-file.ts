// The file under an open database: whether it is still the one that the next start will find, and what is saved when it is not.
import type { Database } from 'bun:sqlite'
import { closeSync, existsSync, linkSync, openSync, rmSync, statSync } from 'node:fs'

export type OwnFile = { require(): void }

export function createOwnFile(database: Database, path: string): OwnFile {
  const openedFile = statSync(path).ino
  let saved: string | null = null

  /** The open file still holds everything, for as long as this process lives. Somebody else's file is never written over. */
  function save(isGone: boolean): string {
    const draft = `${path}.saving`
    let target = path
    for (let n = 1; !isGone && existsSync(target); n++) target = `${path}.kept-${n}`
    try {
      rmSync(draft, { force: true })
      closeSync(openSync(draft, 'wx', 0o600))
      database.run('VACUUM INTO ?', [draft])
      // What is written ahead belongs to the old file and must not be read into the new one.
      if (isGone) for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
      linkSync(draft, target)
      return `what it held is in ${target}`
    } catch (problem) {
      return `what it held could not be saved (${(problem as Error).message})`
    } finally {
      rmSync(draft, { force: true })
    }
  }

  return {
    /**
     * Throws once the file is another one, and from then on: a database that was deleted or replaced under us still takes
     * writes, and all of them would be gone after a restart.
     */
    require() {
      const inode = statSync(path, { throwIfNoEntry: false })?.ino
      if (saved === null && inode === openedFile) return
      saved ??= save(inode === undefined)
      throw Object.assign(new Error(`the database file was deleted or replaced while it was open; ${saved}`), { code: 'SQLITE_CORRUPT' })
    },
  }
}
