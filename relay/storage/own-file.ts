// The file under an open database: whether it is still the one that the next start will find, and what is saved when it is not.
import type { Database } from 'bun:sqlite'
import { closeSync, copyFileSync, existsSync, fstatSync, linkSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'

export type OwnFile = {
  /**
   * Throws once the file is another one or wrecked, and from then on: a database that was lost under us still takes
   * writes, and all of them would be gone after a restart.
   */
  require(): void
  /** Gives the database up for what somebody else saw, saves what can be saved, and says all that. */
  giveUp(what: string): string
  close(): void
}

const magic = Buffer.from('SQLite format 3\0')

export function createOwnFile(database: Database, path: string): OwnFile {
  const inodeOf = (name: string) => statSync(name, { throwIfNoEntry: false })?.ino
  // Open until the database is closed: closing any descriptor of the file drops the locks that SQLite has on it.
  const file = openSync(path, 'r')
  const openedFile = fstatSync(file).ino
  const openedWal = inodeOf(`${path}-wal`)
  const head = Buffer.alloc(magic.length)
  let problem: string | null = null

  const isWhole = () => readSync(file, head, 0, head.length, 0) === head.length && head.equals(magic)
  const isNothing = () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0

  function freeName(): string {
    let n = 1
    while (existsSync(`${path}.kept-${n}`) || existsSync(`${path}.kept-${n}-wal`)) n++
    return `${path}.kept-${n}`
  }

  /** What was written ahead since the last checkpoint, for whoever mends by hand. */
  function saveWal(): string {
    if (inodeOf(`${path}-wal`) !== openedWal) return ''
    const target = `${freeName()}-wal`
    try {
      copyFileSync(`${path}-wal`, target)
      return `; what was written last is in ${target}`
    } catch {
      return ''
    }
  }

  /** A link takes no name that somebody else has meanwhile; where it cannot be made the draft goes beside, never away. */
  function place(draft: string, target: string): string {
    try {
      linkSync(draft, target)
      return target
    } catch {
      const beside = freeName()
      renameSync(draft, beside)
      return beside
    }
  }

  /**
   * The open file, the WAL and the writer's cache may still hold everything, for as long as this process lives. Where
   * there is nothing it is put back; somebody else's file, or a wrecked one, is never written over.
   */
  function save(): string {
    const draft = `${path}.saving`
    try {
      rmSync(draft, { force: true })
      closeSync(openSync(draft, 'wx', 0o600))
      database.run('VACUUM INTO ?', [draft])
      const target = isNothing() ? path : freeName()
      // What is written ahead belongs to the old file and must not be read into the new one.
      if (target === path) for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
      return `what it held is in ${place(draft, target)}`
    } catch (failed) {
      return `what it held could not be saved (${(failed as Error).message})${saveWal()}`
    } finally {
      rmSync(draft, { force: true })
    }
  }

  /** Without its WAL the file is only old: what the open WAL holds is folded into it. */
  function fold(): string {
    const row = database.query('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    return row.busy === 0 ? `what it held is in ${path}` : save()
  }

  function giveUp(what: string, rescue = save): string {
    return (problem ??= `the database file was ${what} while it was open; ${rescue()}`)
  }

  function look(): void {
    if (problem !== null) return
    if (inodeOf(path) !== openedFile) giveUp('deleted or replaced')
    else if (!isWhole()) giveUp('damaged')
    else if (inodeOf(`${path}-wal`) !== openedWal) giveUp('parted from its WAL', fold)
  }

  return {
    require() {
      look()
      if (problem !== null) throw Object.assign(new Error(problem), { code: 'SQLITE_CORRUPT' })
    },
    giveUp: (what) => giveUp(what),
    close: () => closeSync(file),
  }
}
