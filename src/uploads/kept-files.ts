// What outlives the page: every upload as it stands, and what there is to read its file from, in IndexedDB.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Upload } from './upload.ts'

/** What the File System Access API gives where there is one; not in TypeScript's library yet. */
type Asking = {
  queryPermission?(what: { mode: 'read' }): Promise<PermissionState>
  requestPermission?(what: { mode: 'read' }): Promise<PermissionState>
}
export type FileHandle = Asking & { getFile(): Promise<File> }
export type FolderHandle = Asking & { kind: 'directory' }

/** `root`: the folder that was dropped, under an id that all files out of it share. Leave for it is leave for them. */
export type KeptWay = { id: string; handle: FileHandle; root?: { id: string; handle: FolderHandle } | null }

/** The bytes, and a way to them that may need leave again: at least one of both. */
type Content = { id: string; bytes?: Blob } & Partial<Omit<KeptWay, 'id'>>

/** `savedAt`: ms since 1970. Those of older pages do not have it. */
type Saved = Upload & { savedAt?: number }

export type KeptFiles = ReturnType<typeof createKeptFiles>

/** navigator.storage; missing over plain http. */
export type StorageRoom = Pick<StorageManager, 'estimate' | 'persist'>

interface Schema extends DBSchema {
  uploads: { key: string; value: Saved; indexes: { user: string } }
  contents: { key: string; value: Content }
}

/** Kept whatever room there is: pasted pictures and the files of most folders. */
const SMALL_BYTES = 1024 * 1024

/** Thousands of rows in one go would hold up the page. */
const AT_ONCE = 200

/** What is still compared is read once more. */
const isThrough = ({ state, unchecked }: Upload) => (state === 'done' && unchecked === null) || state === 'cancelled'

/** What cannot be kept lasts as long as the page: nothing here rejects. */
export function createKeptFiles({ databaseName, room, now, report }: { databaseName: string; room: StorageRoom | null; now: () => number; report: (problem: string) => void }) {
  let opening: Promise<IDBPDatabase<Schema>> | null = null
  let asked = false

  function open(): Promise<IDBPDatabase<Schema>> {
    opening ??= openDB<Schema>(databaseName, 1, {
      upgrade(database) {
        database.createObjectStore('uploads', { keyPath: 'id' }).createIndex('user', 'userId')
        database.createObjectStore('contents', { keyPath: 'id' })
      },
      terminated: () => (opening = null),
    }).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }

  async function attempt<T>(instead: T, work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await open())
    } catch (error) {
      report(`uploads have no lasting storage: ${String(error)}`)
      return instead
    }
  }

  /** Half of what is left: the page's other things, and other files, want room as well. */
  async function hasRoomFor(bytes: number): Promise<boolean> {
    if (bytes <= SMALL_BYTES) return true
    if (room === null) return false
    if (!asked) void room.persist().catch(() => false)
    asked = true
    const { quota = 0, usage = 0 } = await room.estimate()
    return bytes <= (quota - usage) / 2
  }

  return {
    all: (userId: string): Promise<Upload[]> => attempt([], (database) => database.getAllFromIndex('uploads', 'user', userId)),

    /** All at once: a folder of thousands is one transaction, ways to their bytes included. With one that is through goes what there was to read it from. */
    change: ({ save = [], remove = [], ways = [] }: { save?: readonly Upload[]; remove?: readonly string[]; ways?: readonly KeptWay[] }): Promise<void> =>
      attempt(undefined, async (database) => {
        const writing = database.transaction(['uploads', 'contents'], 'readwrite', { durability: 'relaxed' })
        const [uploads, contents] = [writing.objectStore('uploads'), writing.objectStore('contents')]
        const changes = [
          ...save.map((each) => () => uploads.put({ ...each, savedAt: now() })),
          ...ways.map((each) => () => contents.put(each)),
          ...save.filter(isThrough).map(({ id }) => () => contents.delete(id)),
          ...remove.flatMap((id) => [() => uploads.delete(id), () => contents.delete(id)]),
        ]
        // One after the other's answer, so that the page can do something else between them.
        for (let at = 0; at < changes.length; at += AT_ONCE) await Promise.all(changes.slice(at, at + AT_ONCE).map((change) => change()))
        await writing.done
      }),

    /** The bytes, where they fit. Nothing of an upload that is through, or gone. False: a later page could not read it by them. */
    keepBytes: (id: string, file: Blob): Promise<boolean> =>
      attempt(false, async (database) => {
        if (!(await hasRoomFor(file.size))) return false
        const writing = database.transaction(['uploads', 'contents'], 'readwrite', { durability: 'relaxed' })
        const [upload, before] = await Promise.all([writing.objectStore('uploads').get(id), writing.objectStore('contents').get(id)])
        if (upload && !isThrough(upload)) await writing.objectStore('contents').put({ ...before, id, bytes: file })
        await writing.done
        return true
      }),

    content: (id: string): Promise<Content | null> => attempt(null, async (database) => (await database.get('contents', id)) ?? null),

    /** What `change` makes of those that `gone` sent, in one step: of two tabs that ask, one gets them. */
    takeFrom: (gone: string, userId: string, change: (upload: Upload) => Upload): Promise<Upload[]> =>
      attempt([], async (database) => {
        const taking = database.transaction('uploads', 'readwrite')
        const orphans = (await taking.store.index('user').getAll(userId)).filter(({ tab }) => tab === gone).map(change)
        await Promise.all([...orphans.map((each) => taking.store.put({ ...each, savedAt: now() })), taking.done])
        return orphans
      }),

    /** What others than `userId` have left here, and nobody has touched since `before` (ms since 1970). */
    dropLeft: (userId: string | null, before: number): Promise<void> =>
      attempt(undefined, async (database) => {
        const dropping = database.transaction(['uploads', 'contents'], 'readwrite')
        const [uploads, contents] = [dropping.objectStore('uploads'), dropping.objectStore('contents')]
        const left = (await uploads.getAll()).filter((each) => each.userId !== userId && (each.savedAt ?? each.addedAt) < before)
        await Promise.all([...left.flatMap(({ id }) => [uploads.delete(id), contents.delete(id)]), dropping.done])
      }),
  }
}
