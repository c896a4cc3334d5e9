// Tells the audit that a backup was made: one row in the database that it is of, beside a relay that may be writing there.
import { Database } from 'bun:sqlite'
import { consoleRow } from '../auth/auth.ts'

const busyMs = 10_000

export type BackupDeed = { at: number; file: string; bytes: number; machineUser: string }

/** Opened for this row alone: a backup does not bring a database of an older version up to this one. False: it cannot be told there. */
export function tellBackup(databasePath: string, { at, file, bytes, machineUser }: BackupDeed): boolean {
  try {
    const database = new Database(databasePath, { readwrite: true, strict: true })
    try {
      database.run(`PRAGMA busy_timeout = ${busyMs}`)
      database.run('PRAGMA synchronous = FULL')
      const { sql, params = [] } = consoleRow(at, 'relay.backup', { file, bytes, machine_user: machineUser })
      return database.run(sql, params).changes === 1
    } finally {
      database.close()
    }
  } catch {
    return false
  }
}
