// A database in a folder of its own, and what the log said about it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../relay/clock.ts'
import { createLog, type Log } from '../../../relay/observability/log.ts'
import { openStorage, type Storage, type StorageOptions } from '../../../relay/storage/storage.ts'

export type TempStorage = {
  folder: string
  path: string
  log: Log
  /** Every line logged so far, parsed. */
  logged: Record<string, unknown>[]
  open(options?: Partial<StorageOptions>): Promise<Storage>
  /** Closes what was opened and removes the folder. */
  remove(): Promise<void>
}

export function tempStorage(): TempStorage {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-'))
  const path = join(folder, 'data', 'ensemble.db')
  const logged: Record<string, unknown>[] = []
  const log = createLog((line) => void logged.push(JSON.parse(line) as Record<string, unknown>), systemClock)
  const opened: Storage[] = []
  return {
    folder,
    path,
    log,
    logged,
    async open(options) {
      const storage = await openStorage({ url: `sqlite:${path}`, clock: systemClock, log, ...options })
      opened.push(storage)
      return storage
    },
    async remove() {
      await Promise.all(opened.map((storage) => storage.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
