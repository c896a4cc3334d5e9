// The closer look at what lies on the disk: the database, read only, and the clock, by what was written when.
import { Database } from 'bun:sqlite'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { readMigrations } from '../storage/migrate.ts'

/** fail: no start, or no answer of Claude · warn: it works, and could be better or safer. */
export type Finding = { state: 'ok' | 'warn' | 'fail'; says: string; advice?: string }

/** Read through in a few seconds. */
const maxReadBytes = 2 * 1024 ** 3
const migrationsFolder = new URL('../storage/migrations/', import.meta.url).pathname

type Look = { problem: string | null; advice?: string; bytes: number; wasRead: boolean; toCome: number }

export function lookAtDatabase(path: string): Look {
  const bytes = statSync(path).size
  const wasRead = bytes <= maxReadBytes
  const bad = (problem: string, advice: string): Look => ({ problem, advice, bytes, wasRead, toCome: 0 })
  const mend = 'The next start sets it aside and begins a new one; ensemble restore --replace brings back a backup.'
  if (existsSync(`${path}.suspect`)) return bad('the last relay lost its database while it ran', 'The next start looks through all of it.')
  let database: Database | null = null
  try {
    database = new Database(path, { readonly: true, strict: true })
    database.run('PRAGMA busy_timeout = 5000')
    const verdict = wasRead ? database.query('PRAGMA quick_check(1)').values()[0]?.[0] : 'ok'
    if (verdict !== 'ok') return bad(`damaged: ${String(verdict)}`, mend)
    const rows = database.query("SELECT name FROM sqlite_master WHERE name = 'migrations'").get() === null ? [] : (database.query('SELECT number, name FROM migrations').all() as { number: number; name: string }[])
    const known = readMigrations(migrationsFolder).map(({ number }) => number)
    const newer = rows.find(({ number }) => !known.includes(number))
    if (newer) return bad(`changed by a newer version (${newer.number}-${newer.name})`, 'Install that one.')
    return { problem: null, bytes, wasRead, toCome: known.length - rows.length }
  } catch (error) {
    return bad(`cannot be read (${(error as Error).message})`, mend)
  } finally {
    database?.close()
  }
}

const toleratedMs = 2_000
/** Nothing of ours was written before. */
const firstDay = Date.UTC(2025, 0, 1)

/** The newest time that the log knows; null when there is none to be had. */
function newestOf(path: string): number | null {
  if (!existsSync(path)) return null
  let database: Database | null = null
  try {
    database = new Database(path, { readonly: true, strict: true })
    return (database.query('SELECT MAX(at) AS at FROM (SELECT MAX(updated_at) AS at FROM sessions UNION ALL SELECT MAX(at) FROM audit)').get() as { at: number | null }).at
  } catch {
    return null
  } finally {
    database?.close()
  }
}

/** How far the disk's clock is from ours: a network drive has one of its own. */
function differenceOf(folder: string): number {
  const probe = mkdtempSync(join(folder, '.ensemble-doctor-'))
  try {
    return statSync(probe).mtimeMs - systemClock.now()
  } finally {
    rmSync(probe, { recursive: true })
  }
}

export function lookAtClock(folder: string, databasePath: string): Finding {
  const now = systemClock.now()
  const shown = new Date(now).toISOString().replace('T', ' ').slice(0, 16)
  if (now < firstDay) return { state: 'fail', says: `it says ${shown} UTC`, advice: 'Set it: sign-ins and certificates go by it.' }
  const newest = newestOf(databasePath)
  if (newest !== null && newest > now + 60_000) return { state: 'warn', says: `it says ${shown} UTC, and the log knows a later time (${new Date(newest).toISOString().slice(0, 16)})`, advice: 'It was set back: check it, and switch on time synchronisation.' }
  let difference: number
  try {
    difference = differenceOf(folder)
  } catch {
    difference = differenceOf(tmpdir())
  }
  if (Math.abs(difference) > toleratedMs) return { state: 'warn', says: `it is ${Math.round(Math.abs(difference) / 1000)} s ${difference > 0 ? 'behind' : 'ahead of'} that of the disk`, advice: 'Switch on time synchronisation on both machines.' }
  return { state: 'ok', says: `${shown} UTC, as the disk has it` }
}
