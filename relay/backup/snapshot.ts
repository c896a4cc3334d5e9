// A copy of the database as it is at one moment, made beside a relay that goes on writing.
import { Database } from 'bun:sqlite'
import { closeSync, openSync } from 'node:fs'
import { Damaged } from './archive.ts'
import { counted, type Manifest } from './manifest.ts'

export type Snapshot = Pick<Manifest, 'epoch' | 'counts'> & { blobs: { blob: string; sha256: string }[] }

const busyMs = 10_000

/** Rows keep their row ids: what is indexed by them is found in the copy as well. */
export function takeSnapshot(databasePath: string, target: string): Snapshot {
  closeSync(openSync(target, 'wx', 0o600))
  const source = new Database(databasePath, { readonly: true, strict: true })
  try {
    source.run(`PRAGMA busy_timeout = ${busyMs}`)
    source.run('VACUUM INTO ?', [target])
  } finally {
    source.close()
  }
  return readSnapshot(target)
}

/** Of a database that may be missing or damaged; null: nobody can say. */
export function epochOf(path: string): string | null {
  try {
    const database = new Database(path, { readonly: true, strict: true })
    try {
      return (database.query("SELECT value FROM meta WHERE name = 'epoch'").get() as { value: string } | null)?.value ?? null
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

/** Looks through all of it. Throws `Damaged`. */
export function readSnapshot(path: string): Snapshot {
  const database = new Database(path, { readonly: true, strict: true })
  try {
    const verdict = database.query('PRAGMA integrity_check(1)').values()[0]?.[0]
    if (verdict !== 'ok') throw new Damaged(`the database in it is damaged (${String(verdict)})`)
    const count = (table: string) => (database.query(`SELECT COUNT(*) AS n FROM ${table}`).get() as { n: number }).n
    return {
      epoch: (database.query("SELECT value FROM meta WHERE name = 'epoch'").get() as { value: string }).value,
      counts: Object.fromEntries(counted.map((table) => [table, count(table)])) as Snapshot['counts'],
      blobs: database.query('SELECT DISTINCT blob, sha256 FROM files WHERE deleted_at IS NULL ORDER BY blob').all() as Snapshot['blobs'],
    }
  } catch (problem) {
    if (problem instanceof Damaged || !/^SQLITE_(CORRUPT|NOTADB|ERROR)/.test(String((problem as { code?: unknown }).code))) throw problem
    throw new Damaged(`the database in it cannot be read (${(problem as Error).message})`)
  } finally {
    database.close()
  }
}
