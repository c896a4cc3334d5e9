// Makes a backup: snapshot, files, list; then reads all of it again, and only then gives it its name.
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { BlobStore } from '../files/files.ts'
import { createArchive, readArchive, type Entry } from './archive.ts'
import { checkedManifest, databaseName, fileName, manifestName, type Manifest } from './manifest.ts'
import { lastBackupFile, type LastBackup } from './storage-facts.ts'
import { takeSnapshot } from './snapshot.ts'
import { tellBackup } from './tell-backup.ts'

/** There is a file of that name. */
export class Taken extends Error {}

export type BackupRequest = {
  databasePath: string
  dataFolder: string
  /** Of uploaded files, for the log with this epoch. */
  blobsOf: (epoch: string) => Pick<BlobStore, 'size' | 'read'>
  /** Absolute. */
  target: string
  /** What is there under that name may go. */
  replace: boolean
  version: string
  /** It is a demo that is saved. */
  demo?: boolean
  /** As the machine calls whoever runs this. */
  machineUser: string
  now: number
}

/** `damaged`: uploaded files whose bytes were not what was once uploaded; they are kept as they are. `told`: whether the audit knows of it. */
export type Written = { manifest: Manifest; bytes: number; damaged: string[]; told: boolean }

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Throws BUSY while the store of files does not answer; nothing is left of it then. */
export async function writeBackup(request: BackupRequest): Promise<Written> {
  const { databasePath, dataFolder, blobsOf, target, replace, version, demo, machineUser, now } = request
  if (existsSync(target) && !replace) throw new Taken(target)
  const draft = `${target}.${process.pid}.part`
  const copy = `${draft}.sqlite`
  try {
    const { blobs, ...about } = takeSnapshot(databasePath, copy)
    const archive = createArchive(draft, now)
    try {
      const entries: Entry[] = [await archive.addFile(databaseName, copy)]
      const store = blobsOf(about.epoch)
      rmSync(copy)
      const missing: string[] = []
      const damaged: string[] = []
      for (const { blob, sha256 } of blobs) {
        const [bytes, content] = [await store.size(blob), await store.read(blob)]
        if (bytes === null || content === null) {
          missing.push(blob)
          continue
        }
        const entry = await archive.add(fileName(blob), bytes, content instanceof Blob ? content.stream() : content)
        if (entry.sha256 !== sha256) damaged.push(blob)
        entries.push(entry)
      }
      const manifest: Manifest = { format: 'ensemble-backup', version: 1, made_at: now, ensemble: version, ...about, ...(demo && { demo }), entries, missing }
      const text = Buffer.from(JSON.stringify(manifest))
      await archive.add(manifestName, text.byteLength, [text])
      archive.finish()
      await verify(draft)
      place(draft, target, replace)
      const { size } = statSync(target)
      note(dataFolder, { at: now, file: target, bytes: size, epoch: about.epoch })
      return { manifest, bytes: size, damaged, told: tellBackup(databasePath, { at: now, file: basename(target), bytes: size, machineUser }) }
    } finally {
      archive.close()
    }
  } finally {
    for (const each of [draft, copy, `${copy}-journal`]) rmSync(each, { force: true })
  }
}

/** Throws `Damaged` when the disk has kept something else than it was given. */
async function verify(path: string): Promise<void> {
  let text: string | null = null
  const entries = await readArchive(path, (name) => (name === manifestName ? { take: (piece) => void (text = (text ?? '') + Buffer.from(piece).toString()) } : null))
  checkedManifest(text, entries)
}

/** A link takes no name that somebody else has meanwhile; not every disk can make one. */
function place(draft: string, target: string, replace: boolean): void {
  if (replace) renameSync(draft, target)
  else {
    try {
      linkSync(draft, target)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(target)) throw new Taken(target)
      renameSync(draft, target)
    }
  }
  syncFolder(dirname(target))
}

/** For the page that shows it. A backup is one also when this cannot be written. */
function note(dataFolder: string, last: LastBackup): void {
  try {
    writeFileSync(join(dataFolder, lastBackupFile), JSON.stringify(last), { mode: 0o600 })
  } catch {
    // The data folder may be full, or only readable: the backup lies elsewhere.
  }
}
