// The relay's own folder: readable by its user only, and in the hands of one relay at a time.
import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Holder = { pid: number; url: string | null }
type HeldFolder = {
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

/**
 * Takes the folder for this process, or says in a sentence who has it. The lock is SQLite's on a file of its own:
 * the kernel lets go of it when the process ends, however it ends, so a crash leaves nothing behind. `taken`: who has it.
 */
export function holdDataFolder(folder: string): { held: HeldFolder } | { taken: string; problem: string } {
  prepareDataFolder(folder)
  const holderPath = join(folder, 'relay.json')
  const lock = new Database(join(folder, 'relay.lock'), { create: true, readwrite: true, strict: true })
  try {
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error
    const holder = readHolder(holderPath)
    const who = holder ? `A relay is running on ${folder} already (process ${holder.pid}${holder.url ? `, ${holder.url}` : ''}).` : `A relay is running on ${folder} already.`
    return { taken: who, problem: `${who} Use that one, or give this one another folder with --ensemble-data.` }
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
