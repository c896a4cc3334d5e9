// DOOR of storage: one atomic batch at a time through the only writer, reads beside it. SQL uses `?` and stays portable.
import type { Storage, StorageOptions } from './contract.ts'
import { openSqlite } from './sqlite.ts'

export type { Batch, CommitResult, KeptAnswer, NewEvent, Param, Position, Statement, Storage, StorageOptions, WriterHealth } from './contract.ts'
export { createCursor, type Cursor } from './cursor.ts'
export { beginningWith, containing, LIKE } from './like.ts'
export { listOf } from './list-of.ts'
export { StorageError } from './storage-error.ts'

export async function openStorage(options: StorageOptions): Promise<Storage> {
  return openSqlite(databaseFile(options.url), options)
}

/** Where the database of this address lies. */
export function databaseFile(url: string): string {
  const scheme = /^([a-z][a-z+]+):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return url
  if (scheme === 'sqlite' || scheme === 'file') return url.slice(scheme.length + 1).replace(/^\/\//, '')
  throw new Error(`DATABASE_URL: "${scheme}:" is not a kind of database that this relay can open; use sqlite:<path>`)
}
