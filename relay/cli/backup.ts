// `ensemble backup` and `ensemble restore`: everything a relay keeps, into one file and out of it again.
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { Damaged, restoreBackup, Taken, writeBackup } from '../backup/backup.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { holdDataFolder } from '../data-folder.ts'
import { createLog } from '../observability/log.ts'
import { databaseFile } from '../storage/storage.ts'
import { configFor, configForAccounts, machineOf, Misused } from './called-with.ts'
import { takeFlags } from './take-flags.ts'

const size = (bytes: number) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`)
const some = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`
const whatIsIn = ({ counts, entries }: { counts: Record<'users' | 'sessions' | 'events', number>; entries: unknown[] }) =>
  `${some(counts.users, 'user')}, ${some(counts.sessions, 'session')}, ${some(counts.events, 'event')}, ${some(entries.length - 1, 'file')}`
const dayAndTime = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** A folder is meant as the place for a file with a name of its own. */
function targetOf(word: string, { ensembleData }: Config, now: number): string {
  const path = resolve(machineOf(process.env).folder, word)
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const target = isFolder ? join(path, `ensemble-${new Date(now).toISOString().slice(0, 19).replace(/[:T]/g, '-')}.tar`) : path
  const files = join(ensembleData, 'files')
  if (relative(files, target).split(sep)[0] !== '..') throw new Misused(`${files} is for uploaded files only: what is not one of them is removed there. Choose another place.`)
  return target
}

/** What the disk of the backup says, in words; anything else goes on. */
function inWords(error: unknown, where: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (error instanceof Taken) return new Misused(`${where} is there already, and was left alone. Name another file, or say --replace.`)
  if (error instanceof Damaged) return new Misused(`${where} is no whole backup: ${message}. Nothing was changed.`)
  if (['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'EFBIG'].includes(code)) return new Misused(`There is no room for it where ${where} is. Nothing was changed, and nothing of it was left there.`)
  if (['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'SQLITE_CANTOPEN'].includes(code)) return new Misused(`${where}: ${message}. Nothing was changed.`)
  return error
}

export function runBackup(argv: readonly string[]): void {
  const { words, switches, rest } = takeFlags(argv, [], ['replace'])
  if (words.length !== 1) throw new Misused('Say where to: ensemble backup FILE [--replace]')
  const config = configForAccounts(rest)
  const databasePath = databaseFile(config.databaseUrl)
  if (!existsSync(databasePath)) throw new Misused(`There is nothing to save: ${databasePath} does not exist.`)
  const now = systemClock.now()
  const target = targetOf(words[0]!, config, now)
  try {
    const { manifest, bytes, damaged } = writeBackup({ databasePath, dataFolder: config.ensembleData, target, replace: switches.has('replace'), version: packageJson.version, now })
    console.log(`${target} (${size(bytes)}): ${whatIsIn(manifest)}. Written, read again and found whole.`)
    console.error('It holds what was said and uploaded, and the hashes of passwords: keep it where only you can read it. The signing secret is not in it.')
    if (manifest.missing.length > 0) console.error(`${some(manifest.missing.length, 'uploaded file')} had no bytes on the disk: ${manifest.missing.join(', ')}`)
    if (damaged.length > 0) console.error(`${some(damaged.length, 'uploaded file')} on the disk had changed since the upload: ${damaged.join(', ')}`)
  } catch (error) {
    throw inWords(error, target)
  }
}

export async function runRestore(argv: readonly string[]): Promise<void> {
  const { flags, words, switches, rest } = takeFlags(argv, ['data'], ['keep-sign-ins'])
  if (words.length !== 1) throw new Misused('Say from where: ensemble restore FILE [--data FOLDER] [--keep-sign-ins]')
  const config = configFor(flags['data'] === undefined ? rest : [...rest, '--ensemble-data', flags['data']])
  const file = resolve(machineOf(process.env).folder, words[0]!)
  const holding = holdDataFolder(config.ensembleData)
  if ('problem' in holding) throw new Misused(`${holding.taken} Stop it first: what it holds cannot be replaced under it.`)
  const log = createLog((line) => void process.stderr.write(`${line}\n`), systemClock)
  const keepSignIns = switches.has('keep-sign-ins')
  try {
    const { manifest, setAside } = await restoreBackup({ file, databasePath: databaseFile(config.databaseUrl), dataFolder: config.ensembleData, newEpoch: randomUUID(), keepSignIns, clock: systemClock, log })
    console.log(`Restored to ${config.ensembleData}, as of ${dayAndTime(manifest.made_at)} UTC: ${whatIsIn(manifest)}.`)
    if (setAside.length > 0) console.error(`What was there before is kept: ${setAside.join(', ')}`)
    console.error(keepSignIns ? 'Sign-ins and tokens are those of that time, also ones that were ended since.' : 'Everybody signs in again, API tokens and share links have ended: nobody comes back in who was put out since that time.')
    console.error('Browsers notice that the log is another one, and load it anew.')
  } catch (error) {
    throw inWords(error, file)
  } finally {
    holding.held.release()
  }
}
