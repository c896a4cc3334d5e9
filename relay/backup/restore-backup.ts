// Puts a backup in the place of what is there: first all of it is read and checked beside, then names are changed, and what was there is kept.
import { Database } from 'bun:sqlite'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Refused } from '#protocol'
import { consoleRow } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { BlobStore } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import { openStorage, type Statement } from '../storage/storage.ts'
import { Damaged, readArchive, type Sink } from './archive.ts'
import { leftBehind, type LeftBehind } from './left-behind.ts'
import { checkedManifest, databaseName, manifestName, type Manifest } from './manifest.ts'
import { dropPasswords, keepOut, usersOfNow, usersSql, type KeptOut, type UserRow } from './put-out.ts'
import { epochOf, readSnapshot } from './snapshot.ts'
import { syncFolder } from './write-backup.ts'

export type RestoreRequest = {
  file: string
  databasePath: string
  dataFolder: string
  /** Of uploaded files: in this folder, or elsewhere in a place of the log with this epoch. */
  openBlobs: (folder: string, epoch: string) => BlobStore
  /** Files lie elsewhere than in the data folder. */
  filesElsewhere: boolean
  /** Of the restored log: another one than it ever had, so that no browser goes on from a position of later. */
  newEpoch: string
  keepSignIns: boolean
  /** A backup of a demo is not meant for here. */
  refuseDemo?: boolean
  /** As the machine calls whoever runs this. */
  machineUser: string
  clock: Clock
  log: Log
}

/**
 * `setAside`: where what was there before is now. `keptOut`: who may less than at the time of the backup, as the database
 * that was there knew it; `none`: there was none · `unreadable`: it could not be asked, so no password of that time counts.
 */
export type Restored = { manifest: Manifest; setAside: string[]; keptOut: KeptOut | 'none' | 'unreadable'; left: LeftBehind }

/** The backup says that it is of a demo. */
export class OfDemo extends Error {}

/** With the data folder held. Throws `Damaged`, `OfDemo`, what the disk throws, and BUSY while the store of files does not answer; then nothing has changed. */
export async function restoreBackup(request: RestoreRequest): Promise<Restored> {
  const { file, databasePath, dataFolder, openBlobs, filesElsewhere, newEpoch, refuseDemo, clock } = request
  const files = join(dataFolder, 'files')
  const staged = { database: `${databasePath}.restoring`, files: `${files}.restoring`, one: `${files}.restoring-one` }
  const before = epochOf(databasePath)
  const clear = () => {
    for (const suffix of ['', '-wal', '-shm', '.suspect']) rmSync(staged.database + suffix, { force: true })
    rmSync(staged.one, { force: true })
    rmSync(staged.files, { recursive: true, force: true })
  }
  clear()
  let isDone = false
  const store = openBlobs(staged.files, newEpoch)
  try {
    const manifest = await unpack(file, staged, store)
    if (refuseDemo && manifest.demo) throw new OfDemo(file)
    const { counts, epoch } = readSnapshot(staged.database)
    if (epoch !== manifest.epoch || JSON.stringify(counts) !== JSON.stringify(manifest.counts)) throw new Damaged('the database in it is not the one that it speaks of')
    const { keptOut, left } = await renew(staged.database, request)
    const setAside = change({ databasePath, files, staged, now: clock.now() })
    isDone = true
    if (filesElsewhere && before !== null) setAside.push(openBlobs(files, before).where)
    return { manifest, keptOut, setAside, left }
  } finally {
    if (!isDone && filesElsewhere) await emptied(store)
    clear()
  }
}

/** What nobody will speak of; where it cannot be reached, it stays. */
async function emptied(store: BlobStore): Promise<void> {
  try {
    for await (const blob of store.names()) await store.remove(blob)
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem
  }
}

/** Everything lies beside, as it was, and every hash was right. */
async function unpack(file: string, staged: { database: string; files: string; one: string }, store: BlobStore): Promise<Manifest> {
  mkdirSync(dirname(staged.database), { recursive: true, mode: 0o700 })
  mkdirSync(staged.files, { mode: 0o700 })
  await store.prepare()
  let text: string | null = null
  let open: number | null = null
  const closeOpen = () => {
    if (open !== null) {
      fsyncSync(open)
      closeSync(open)
    }
    open = null
  }
  const into = (path: string, end?: () => Promise<void>): Sink => {
    const target = (open = openSync(path, 'wx', 0o600))
    return {
      take(piece) {
        for (let done = 0; done < piece.byteLength; ) done += writeSync(target, piece, done)
      },
      async end() {
        closeOpen()
        await end?.()
      },
    }
  }
  try {
    const entries = await readArchive(file, (name) => {
      if (name === manifestName) return { take: (piece) => void (text = (text ?? '') + Buffer.from(piece).toString()) }
      return name === databaseName ? into(staged.database) : into(staged.one, () => store.take(basename(name), staged.one))
    })
    return checkedManifest(text, entries)
  } finally {
    closeOpen()
  }
}

/** Opened as a relay would, so that a database of a newer version is refused and one of an older brought up to this one. */
async function renew(path: string, { databasePath, newEpoch, keepSignIns, machineUser, clock, log, file }: RestoreRequest): Promise<Pick<Restored, 'keptOut' | 'left'>> {
  const before = usersOfNow(databasePath)
  const storage = await openStorage({ url: path, clock, log })
  const now = clock.now()
  // Who was signed out since then, and whose link was taken back, would be in again.
  const signOut: Statement[] = keepSignIns
    ? []
    : [
        { sql: 'UPDATE sign_ins SET revoked_at = ? WHERE revoked_at IS NULL', params: [now] },
        { sql: 'UPDATE share_links SET revoked_at = ? WHERE revoked_at IS NULL', params: [now] },
        { sql: 'DELETE FROM refresh_tokens' },
        { sql: 'DELETE FROM sign_in_codes' },
      ]
  try {
    const accounts =
      typeof before === 'string'
        ? { statements: before === 'unreadable' ? [dropPasswords] : [], keptOut: before }
        : keepOut(await storage.query<UserRow>(usersSql), before)
    const statements: Statement[] = [
      { sql: "UPDATE meta SET value = ? WHERE name = 'epoch'", params: [newEpoch], changes: 1 },
      ...signOut,
      ...accounts.statements,
      consoleRow(now, 'relay.restore', { file: basename(file), kept_sign_ins: keepSignIns, kept_out: accounts.keptOut, machine_user: machineUser }),
    ]
    if ((await storage.commit({ statements })).outcome !== 'committed') throw new Error('the restored database could not be prepared')
    return { keptOut: accounts.keptOut, left: await leftBehind(storage) }
  } finally {
    await storage.close()
  }
}

type Change = { databasePath: string; files: string; staged: { database: string; files: string }; now: number }

/**
 * Files first: were it cut off in between, the old database would find its files gone, and they lie beside; the other way
 * round the new one would sweep the old files away.
 */
function change({ databasePath, files, staged, now }: Change): string[] {
  const aside = `.before-restore-${new Date(now).toISOString().replace(/[:.]/g, '-')}`
  const undo: (() => void)[] = []
  const move = (from: string, to: string) => {
    renameSync(from, to)
    undo.unshift(() => renameSync(to, from))
  }
  const setAside: string[] = []
  const keep = (path: string, way: (from: string, to: string) => void) => {
    if (!existsSync(path)) return
    way(path, path + aside)
    setAside.push(path + aside)
  }
  try {
    keep(files, move)
    move(staged.files, files)
    fold(databasePath)
    for (const suffix of ['-wal', '.suspect']) keep(databasePath + suffix, move)
    // Made anew by whoever opens the database.
    rmSync(`${databasePath}-shm`, { force: true })
    // A second name: at no moment is there no database.
    keep(databasePath, (from, to) => {
      try {
        linkSync(from, to)
      } catch {
        // Not every disk can give a file two names.
        return move(from, to)
      }
      undo.unshift(() => rmSync(to))
    })
    renameSync(staged.database, databasePath)
    for (const folder of new Set([dirname(files), dirname(databasePath)])) syncFolder(folder)
    return setAside
  } catch (problem) {
    for (const back of undo) back()
    throw problem
  }
}

/** What is only written ahead goes into the old database, so that it is whole where it is set aside. */
function fold(path: string): void {
  if (!existsSync(path)) return
  try {
    const database = new Database(path, { readwrite: true, strict: true })
    database.run('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()
  } catch {
    // It is damaged, which may be why there is a restore: its parts are set aside as they are.
  }
}
