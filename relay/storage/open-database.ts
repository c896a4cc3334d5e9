// Opens the database file for writing: modes, damage, settings, migrations, epoch. Runs in the writer's thread.
import { Database } from 'bun:sqlite'
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { migrate, readMigrations } from './migrate.ts'
import { codeOfSqlite } from './storage-error.ts'
import type { OpenRequest } from './sqlite-messages.ts'
import { suspicionOf } from './suspicion.ts'

// Reading a whole file costs about a second per GiB. Past this size damage is found by the statement that meets it, and
// looked for at the start after that.
const maxCheckedBytes = 512 * 1024 * 1024

const walRetryMs = 5

const migrationsFolder = new URL('./migrations/', import.meta.url).pathname

type OpenedDatabase = { database: Database; epoch: string; setAside: string | null; reason: string | null }

function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite gives -wal and -shm the mode of the file itself, so this must exist with the right one before SQLite sees it.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function configure(database: Database, busyMs: number): void {
  database.run(`PRAGMA busy_timeout = ${busyMs}`)
  enterWal(database, busyMs)
  database.run('PRAGMA synchronous = FULL')
  database.run('PRAGMA foreign_keys = ON')
  database.run('PRAGMA journal_size_limit = 67108864')
  database.run('PRAGMA cache_size = -16384')
}

/** Of two programs that turn a new file into WAL at once, SQLite refuses one without waiting (its busy handler could deadlock there). */
function enterWal(database: Database, busyMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; ; waitedMs += walRetryMs) {
    try {
      return void database.run('PRAGMA journal_mode = WAL')
    } catch (problem) {
      if (codeOfSqlite(problem) !== 'locked' || waitedMs >= busyMs) throw problem
      Atomics.wait(pause, 0, 0, walRetryMs)
    }
  }
}

function open(request: OpenRequest): Database {
  prepareFile(request.path)
  const suspicion = suspicionOf(request.path)
  const database = new Database(request.path, { readwrite: true, create: true, strict: true })
  try {
    configure(database, request.busyMs)
    if (statSync(request.path).size <= maxCheckedBytes || suspicion.isRaised()) {
      const verdict = database.query('PRAGMA quick_check(1)').values()[0]?.[0]
      if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { code: 'SQLITE_CORRUPT' })
      suspicion.drop()
    }
    migrate(database, readMigrations(migrationsFolder), request.now)
    database.run("INSERT INTO meta (name, value) VALUES ('epoch', ?) ON CONFLICT (name) DO NOTHING", [request.newEpoch])
  } catch (problem) {
    database.close()
    throw problem
  }
  return database
}

/** Renames the file and its companions, so that nothing of it is lost and nothing of it is read. */
function moveAside(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[:.]/g, '-')
  let target = `${path}.damaged-${stamp}`
  for (let attempt = 2; existsSync(target); attempt++) target = `${path}.damaged-${stamp}-${attempt}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  }
  return target
}

/** A damaged file is set aside and a new one started, whose epoch tells every browser that its position is void. */
export function openDatabase(request: OpenRequest): OpenedDatabase {
  let database: Database
  let setAside: string | null = null
  let reason: string | null = null
  try {
    database = open(request)
  } catch (problem) {
    if (codeOfSqlite(problem) !== 'corrupt') throw problem
    reason = (problem as Error).message
    setAside = moveAside(request.path, request.now)
    database = open(request)
  }
  const row = database.query("SELECT value FROM meta WHERE name = 'epoch'").get() as { value: string }
  return { database, epoch: row.value, setAside, reason }
}
