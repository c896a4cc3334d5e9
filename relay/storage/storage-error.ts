// What can go wrong under the log, in words that callers may branch on.

/**
 * full: no room on the disk · locked: another program holds the database, or the writer is too far behind ·
 * corrupt: the file is damaged, gone or replaced · closed: the storage was closed ·
 * failed: anything else, a wrong statement among it. After `full` and `locked` a later commit may work.
 */
export type StorageErrorCode = 'full' | 'locked' | 'corrupt' | 'closed' | 'failed'

export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string) {
    super(message)
    this.name = 'StorageError'
    this.code = code
  }
}

/** The code for an error of bun:sqlite, by SQLite's primary result code in its name. */
export function codeOfSqlite(problem: unknown): StorageErrorCode {
  const name = String((problem as { code?: unknown } | null)?.code ?? '')
  if (name.startsWith('SQLITE_FULL')) return 'full'
  if (name.startsWith('SQLITE_BUSY') || name.startsWith('SQLITE_LOCKED')) return 'locked'
  if (name.startsWith('SQLITE_CORRUPT') || name.startsWith('SQLITE_NOTADB')) return 'corrupt'
  return 'failed'
}
