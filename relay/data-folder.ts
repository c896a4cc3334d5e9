// The relay's own folder: readable by its user only, and in the hands of one relay at a time, as is the database wherever it lies.
import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** As it is called where no DATABASE_URL says otherwise. */
const databaseName = 'ensemble.sqlite'

type Holder = { pid: number; url: string | null }
type Held = {
  /** Tells who asks next where the relay is. */
  announce(url: string): void
  release(): void
}

export function prepareDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

/** The relay that holds the folder as far as it has said so. */
function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return null
  }
}

/** The address of the relay that runs on the folder; null when none does, or it does not listen yet. */
export const addressOn = (folder: string): string | null => (isRunningOn(folder) ? (readHolder(join(folder, 'relay.json'))?.url ?? null) : null)

/** Whether a relay runs on the folder, as far as it has said so. The lock itself is not tried: a relay that starts meanwhile would find it taken. */
export function isRunningOn(folder: string): boolean {
  const holder = readHolder(join(folder, 'relay.json'))
  if (holder === null) return false
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM'
  }
}

/** A lock, and beside it who has it. */
type Place = { of: string; lock: string; holder: string; otherwise: string }
type Holding = { held: Held } | { taken: string; problem: string }

const inFolder = (folder: string) => ({ lock: join(folder, 'relay.lock'), holder: join(folder, 'relay.json') })

/** SQLite's lock on a file of its own: the kernel lets go of it when the process ends, however it ends, so a crash leaves nothing behind. */
function hold({ of, lock: lockPath, holder: holderPath, otherwise }: Place): Holding {
  // Not opened besides when it is there: a process that closes a file lets go of its locks on it.
  if (!existsSync(lockPath)) writeFileSync(lockPath, '', { flag: 'a', mode: 0o600 })
  const lock = new Database(lockPath, { readwrite: true, strict: true })
  try {
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error
    const holder = readHolder(holderPath)
    const who = holder ? `A relay is running on ${of} already (process ${holder.pid}${holder.url ? `, ${holder.url}` : ''}).` : `A relay is running on ${of} already.`
    return { taken: who, problem: `${who} Use that one, or give this one ${otherwise}.` }
  }
  const tell = (holder: Holder) => writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 })
  tell({ pid: process.pid, url: null })
  return {
    held: {
      announce: (url) => tell({ pid: process.pid, url }),
      release() {
        rmSync(holderPath, { force: true })
        lock.run('ROLLBACK')
        lock.close()
      },
    },
  }
}

/** By the file itself, whatever leads to it; one that lies where a data folder has its own is held by that folder's lock. */
function placeOfDatabase(path: string): Place {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const real = existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path))
  const beside = basename(real) === databaseName ? inFolder(dirname(real)) : { lock: `${real}.lock`, holder: `${real}.relay.json` }
  return { of: real, ...beside, otherwise: 'another database with DATABASE_URL' }
}

/** Takes the folder, and the database wherever it lies, for this process, or says in a sentence who has it. `taken`: who. */
export function holdDataFolder(folder: string, databasePath = join(folder, databaseName)): Holding {
  prepareDataFolder(folder)
  const own = inFolder(realpathSync(folder))
  const holding = hold({ of: folder, ...own, otherwise: 'another folder with --ensemble-data' })
  if ('problem' in holding) return holding
  const database = placeOfDatabase(databasePath)
  if (database.lock === own.lock) return holding
  const also = hold(database)
  if ('problem' in also) {
    holding.held.release()
    return also
  }
  const both = [holding.held, also.held]
  return { held: { announce: (url) => both.forEach((each) => each.announce(url)), release: () => both.forEach((each) => each.release()) } }
}
