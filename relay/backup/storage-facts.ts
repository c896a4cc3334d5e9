// What the relay keeps and how much room there is, for whoever runs it. Cheap: nothing here reads through a table of events.
import { readFileSync, statSync, type Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StorageFacts } from '#protocol'
import { diskOf } from '../disk-room.ts'
import type { Storage } from '../storage/storage.ts'

export const lastBackupFile = 'last-backup.json'
export type LastBackup = { at: number; file: string; bytes: number; epoch: string }

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** The file, and what was not written back to it so far. */
export const databaseSize = (path: string): { bytes: number; wal_bytes: number } => ({ bytes: sizeOf(path), wal_bytes: sizeOf(`${path}-wal`) })

function readLastBackup(dataFolder: string): LastBackup | null {
  try {
    const last = JSON.parse(readFileSync(join(dataFolder, lastBackupFile), 'utf8')) as Partial<LastBackup>
    return typeof last.at === 'number' && typeof last.file === 'string' && typeof last.bytes === 'number' ? (last as LastBackup) : null
  } catch {
    return null
  }
}

/** Files below a folder; none where there is no such folder, or not any more. */
async function filesBelow(folder: string): Promise<Stats[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const found = await Promise.all(entries.filter((each) => each.isFile()).map((each) => lstat(join(each.parentPath, each.name)).catch(() => null)))
  return found.filter((each) => each !== null)
}

/** What these folders take on the disk: bytes that have a name outside of them as well are there anyway. */
async function bytesOnlyIn(folders: readonly string[]): Promise<number> {
  const found = Map.groupBy((await Promise.all(folders.map(filesBelow))).flat(), ({ dev, ino }) => `${dev}:${ino}`)
  return [...found.values()].reduce((sum, names) => sum + (names[0]!.nlink > names.length ? 0 : names[0]!.size), 0)
}

type Described = {
  storage: Pick<Storage, 'query' | 'epoch'>
  databasePath: string
  dataFolder: string
  filesIn: string | null
  /** Folders in which files of people lie a second time. */
  copies: readonly string[]
}

export async function describeStorage({ storage, databasePath, dataFolder, filesIn, copies }: Described): Promise<StorageFacts> {
  const one = async <T>(sql: string) => (await storage.query<T>(sql))[0]!
  const { freeBytes, totalBytes } = diskOf(dataFolder)
  const last = readLastBackup(dataFolder)
  const files = await one<{ count: number; bytes: number }>('SELECT COUNT(*) AS count, COALESCE(SUM(size), 0) AS bytes FROM (SELECT DISTINCT blob, size FROM files WHERE deleted_at IS NULL) AS each')
  // What a channel was given less what was trimmed of it.
  const events = await one<{ kept: number }>('SELECT COALESCE(SUM(seq - trimmed), 0) AS kept FROM tops')
  const { bytes, wal_bytes } = databaseSize(databasePath)
  const sessions = await one<{ count: number }>('SELECT COUNT(*) AS count FROM sessions')
  return {
    folder: dataFolder,
    epoch: storage.epoch,
    database_bytes: bytes + wal_bytes,
    files: { count: Number(files.count), bytes: Number(files.bytes), place: filesIn, copied_bytes: await bytesOnlyIn(copies) },
    events: Number(events.kept),
    sessions: Number(sessions.count),
    disk: { free_bytes: freeBytes, total_bytes: totalBytes },
    last_backup: last === null ? null : { at: last.at, file: last.file, bytes: last.bytes, same_epoch: last.epoch === storage.epoch },
  }
}
