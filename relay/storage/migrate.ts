// Brings a database up to the newest numbered file of the migrations folder, each file as a whole or not at all.
import type { Database } from 'bun:sqlite'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Migration = { number: number; name: string; sql: string }

/** Reads `NNNN-name.sql` files in the order of their numbers; two files with one number are a mistake and throw. */
export function readMigrations(folder: string): Migration[] {
  const found = new Map<number, Migration>()
  for (const file of readdirSync(folder).sort()) {
    const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file)
    if (!match) continue
    const number = Number(match[1])
    const other = found.get(number)
    if (other) throw new Error(`Two migrations have the number ${match[1]}: ${other.name} and ${match[2]}`)
    found.set(number, { number, name: match[2]!, sql: readFileSync(join(folder, file), 'utf8') })
  }
  return [...found.values()].sort((a, b) => a.number - b.number)
}

/**
 * Applies what is not recorded yet, in one step for all other programs: one that opens the same new database in this moment waits, and never sees
 * a part of it. Throws for a database that a newer relay has already changed, and for a file that does not apply; what came before that one stays.
 */
export function migrate(database: Database, migrations: Migration[], now: number): void {
  let failure: unknown = null
  const applyAll = database.transaction(() => {
    database.run('CREATE TABLE IF NOT EXISTS migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)')
    const rows = database.query('SELECT number, name FROM migrations').all() as { number: number; name: string }[]
    const applied = new Set(rows.map((row) => row.number))
    const known = new Set(migrations.map((migration) => migration.number))
    const unknown = rows.find((row) => !known.has(row.number))
    if (unknown) {
      throw new Error(`The database was changed by a newer version (migration ${unknown.number}-${unknown.name}); install that one`)
    }
    // Inside of the other one it is a savepoint.
    const apply = database.transaction(({ number, name, sql }: Migration) => {
      database.run(sql)
      database.run('INSERT INTO migrations (number, name, at) VALUES (?, ?, ?)', [number, name, now])
    })
    try {
      for (const migration of migrations) if (!applied.has(migration.number)) apply(migration)
    } catch (problem) {
      // A full disk has undone all of it.
      if (!database.inTransaction) throw problem
      failure = problem
    }
  })
  applyAll.immediate()
  if (failure !== null) throw failure
}
