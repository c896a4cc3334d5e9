// `ensemble backup` and `ensemble restore`: everything a relay keeps, into one file and out of it again.
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { Damaged, OfDemo, restoreBackup, Taken, writeBackup, type Restored } from '../backup/backup.ts'
import { systemClock } from '../clock.ts'
import { demoDataOf, isDemoData, type Config } from '../config.ts'
import { Refused } from '#protocol'
import { openBlobs } from '../files/open-blobs.ts'
import { holdDataFolder } from '../data-folder.ts'
import { createLog } from '../observability/log.ts'
import { databaseFile } from '../storage/storage.ts'
import { targetOf } from './backup-target.ts'
import { configFor, configForAccounts, machineOf, Misused } from './called-with.ts'
import { takeFlags } from './take-flags.ts'

const size = (bytes: number) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`)
const some = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`
const whatIsIn = ({ counts, entries }: { counts: Record<'users' | 'sessions' | 'events', number>; entries: unknown[] }) =>
  `${some(counts.users, 'user')}, ${some(counts.sessions, 'session')}, ${some(counts.events, 'event')}, ${some(entries.length - 1, 'file')}`
const dayAndTime = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** What a disk says of a path. */
const refusals: Record<string, (path: string) => string> = {
  ENOENT: (path) => `There is no ${path}.`,
  EACCES: (path) => `This user may not use ${path}.`,
  EPERM: (path) => `This user may not use ${path}.`,
  EROFS: (path) => `${path} lies on a disk that can only be read.`,
  ENOTDIR: (path) => `Something on the way to ${path} is a file, not a folder.`,
  EISDIR: (path) => `${path} is a folder, not a file.`,
  SQLITE_CANTOPEN: (path) => `${path} could not be opened.`,
}

/** The draft of a backup lies beside it, under a name that nobody has to know. */
function refusalOf({ code = '', path = '' }: { code?: string; path?: string }, where: string): string | null {
  const named = path === '' || path.startsWith(where) ? where : path
  const say = refusals[code]
  if (!say) return null
  return code !== 'ENOTDIR' && !existsSync(dirname(named)) ? `There is no folder ${dirname(named)}.` : say(named)
}

/** What the disk of the backup says, in words; anything else goes on. */
function inWords(error: unknown, where: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (error instanceof Refused) return new Misused(`The store of uploaded files does not answer (see ensemble doctor). Nothing was changed.`)
  if (error instanceof Taken) return new Misused(`${where} is there already, and was left alone. Name another file, or say --replace.`)
  if (error instanceof Damaged) return new Misused(`${where} is no whole backup: ${message}. Nothing was changed.`)
  if (['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'EFBIG'].includes(code)) return new Misused(`There is no room for it where ${where} is. Nothing was changed, and nothing of it was left there.`)
  const refusal = refusalOf(error as NodeJS.ErrnoException, where)
  return refusal === null ? error : new Misused(`${refusal} Nothing was changed.`)
}

/** Not every user of a container has a name. */
function machineUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}

const toStandardError = () => createLog((line) => void process.stderr.write(`${line}\n`), systemClock)
const filesOf = ({ ensembleData }: Config) => join(ensembleData, 'files')
const blobsOf = ({ filesBucket }: Config, folder: string, epoch: string) => openBlobs({ bucket: filesBucket, folder, epoch, clock: systemClock, log: toStandardError() })

export async function runBackup(argv: readonly string[]): Promise<void> {
  const { words, switches, rest } = takeFlags(argv, [], ['replace'])
  if (words.length !== 1) throw new Misused('Say where to: ensemble backup FILE [--replace]')
  const config = configForAccounts(rest)
  const databasePath = databaseFile(config.databaseUrl)
  if (!existsSync(databasePath)) throw new Misused(`There is nothing to save: ${databasePath} does not exist.`)
  const now = systemClock.now()
  let target = resolve(machineOf(process.env).folder, words[0]!)
  try {
    target = targetOf(target, { databasePath, dataFolder: config.ensembleData, now })
    const { manifest, bytes, damaged, told } = await writeBackup({ databasePath, dataFolder: config.ensembleData, blobsOf: (epoch) => blobsOf(config, filesOf(config), epoch), target, replace: switches.has('replace'), demo: isDemoData(config.ensembleData), version: packageJson.version, machineUser: machineUser(), now })
    console.log(`${target} (${size(bytes)}): ${whatIsIn(manifest)}. Written, read again and found whole.`)
    console.error('It holds what was said and uploaded, and the hashes of passwords: keep it where only you can read it. The signing secret is not in it.')
    if (!told) console.error('The audit log could not be told of it: the database here is of another version, held by another program, or can only be read.')
    if (manifest.missing.length > 0) console.error(`${some(manifest.missing.length, 'uploaded file')} had no bytes on the disk: ${manifest.missing.join(', ')}`)
    if (damaged.length > 0) console.error(`${some(damaged.length, 'uploaded file')} on the disk had changed since the upload: ${damaged.join(', ')}`)
  } catch (error) {
    throw inWords(error, target)
  }
}

function whoIsKeptOut(keptOut: Restored['keptOut']): string[] {
  if (keptOut === 'none') return ['There was no database here that knew of later: users, roles and passwords are those of that time. Look through `ensemble user list`.']
  if (keptOut === 'unreadable') return ['The database that was here could not be read for who was put out since: users and roles are those of that time, and nobody has a password. Look through `ensemble user list`, then set passwords with `ensemble user passwd NAME`.']
  const { removed, lowered, password, unknown } = keptOut
  const told: [string, string[]][] = [
    ['Removed since, and still', removed],
    ['With the lower role of now', lowered],
    ['With the password of now, or none as now', password],
    ['Not known to the database that was here, so they are as they were', unknown],
  ]
  return told.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}.`]))
}

/** Whoever restores is the only one to read this: people find these prompts nowhere, and the folders only when they open such a session. */
function whatIsLeftBehind({ prompts, folders }: Restored['left']): string[] {
  const of = prompts.map(({ username, title, count }) => `${username} (${some(count, 'prompt')}${title === '' ? '' : ` in “${title}”`})`)
  const there = folders.map(({ path, sessions }) => `  ${path} (${some(sessions, 'session')})`)
  return [
    ...(of.length > 0 ? [`Waited in a queue and will not be sent, for their authors may not ask any more: ${of.join(', ')}.`] : []),
    ...(there.length > 0 ? ['Folders that are not on this machine: what was said there can be read, and nothing can be asked until they are here.', ...there] : []),
  ]
}

/** Whether something would be in the way of a backup: also what is damaged, and files without their database. */
const isTaken = (databasePath: string, files: string): boolean => existsSync(databasePath) || (existsSync(files) && readdirSync(files).length > 0)

export async function runRestore(argv: readonly string[]): Promise<void> {
  const { flags, words, switches, rest } = takeFlags(argv, ['data'], ['replace', 'from-demo', 'keep-sign-ins'])
  if (words.length !== 1) throw new Misused('Say from where: ensemble restore FILE [--data FOLDER] [--replace] [--keep-sign-ins]')
  // What was saved of the demo while only it ran is not put into the place of what is real while only it runs.
  const config = flags['data'] === undefined ? configForAccounts(rest) : configFor([...rest, '--ensemble-data', flags['data']])
  const file = resolve(machineOf(process.env).folder, words[0]!)
  const folder = config.ensembleData
  const databasePath = databaseFile(config.databaseUrl)
  const holding = holdDataFolder(folder, databasePath)
  if ('problem' in holding) throw new Misused(`${holding.taken} Stop it first: what it holds cannot be replaced under it.`)
  const log = toStandardError()
  const keepSignIns = switches.has('keep-sign-ins')
  try {
    if (isTaken(databasePath, filesOf(config)) && !switches.has('replace')) throw new Misused(`${folder} is not empty: a relay keeps its data there. Nothing was changed. Say --replace to have the backup in its place (what is there is set aside, not deleted), or --data FOLDER for another place.`)
    console.error(`Restores ${file} to ${folder}.`)
    const { manifest, setAside, keptOut, left } = await restoreBackup({ file, databasePath, dataFolder: folder, openBlobs: (files, epoch) => blobsOf(config, files, epoch), filesElsewhere: config.filesBucket !== null, newEpoch: randomUUID(), keepSignIns, refuseDemo: !isDemoData(folder) && !switches.has('from-demo'), machineUser: machineUser(), clock: systemClock, log })
    console.log(`Restored to ${folder}, as of ${dayAndTime(manifest.made_at)} UTC: ${whatIsIn(manifest)}.`)
    if (setAside.length > 0) console.error(`What was there before is kept: ${setAside.join(', ')}`)
    console.error(keepSignIns ? 'Sign-ins and tokens are those of that time, also ones that were ended since.' : 'Everybody signs in again; API tokens and share links have ended.')
    for (const line of whoIsKeptOut(keptOut)) console.error(line)
    console.error('Browsers notice that the log is another one, and load it anew.')
    for (const line of whatIsLeftBehind(left)) console.error(line)
  } catch (error) {
    if (error instanceof OfDemo) throw new Misused(`${file} is of a demo, and ${folder} is not a demo's folder. Nothing was changed. Say --data ${demoDataOf(folder)} to have it in the demo again, or --from-demo to have it here.`)
    throw inWords(error, file)
  } finally {
    holding.held.release()
  }
}
