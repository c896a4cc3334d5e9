// DOOR of files: what people hand to Claude and to each other, kept in the data folder.
import { Refused, sessionChannel, type Attachment, type FilesPage, type FileUploaded, type Uploaded } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth, Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Channels, type OutEvent, type Part } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { createArchives } from './archives.ts'
import type { BlobBytes, BlobStore } from './blob-store.ts'
import { contentTypeOf, sniffedBytes } from './content-type.ts'
import { attachmentOf, type FileRow, fileRows, homeOf, insertRow, told } from './file-rows.ts'
import { createHandedPlaces } from './handed-places.ts'
import { createQuotas, type FileQuotas } from './quotas.ts'
import { createShareFile } from './share-file.ts'

export type { BlobStore } from './blob-store.ts'
export { extensionOf, safeFolder, safeName } from './file-name.ts'
export { fits, fitting, lackOf, type FileQuotas } from './quotas.ts'

export type FileRecord = {
  id: string
  sessionId: string | null
  userId: string
  filename: string
  /** Sniffed for images; otherwise what the uploader said. */
  contentType: string
  size: number
  sha256: string
  createdAt: number
  /** Its bytes in the store. */
  blob: string
}

/** Whole bytes on this disk, synced, that are nobody's yet. */
type Staged = { blob: string; path: string; size: number; sha256: string }
/** What is said about a file; names are safe already. */
type About = { id: string; session_id: string | null; filename: string; folder: string; content_type: string }
/** For the commit in which it becomes a file: what else goes in, and what is answered if not the file. */
type Publishing = { also?: Statement[]; answer?: object }
type FilesQuery = { sessionId?: string | null; limit?: number | null; cursor?: string | null }
type Attaching = Part & { attachments: Attachment[] }

const defaultLimit = 100
const maxLimit = 500

type Dependencies = {
  storage: Pick<Storage, 'query' | 'commit'>
  channels: Pick<Channels, 'publish'>
  auth: Auth
  clock: Clock
  log: Log
  newId: () => string
  /** Of whole files. */
  store: BlobStore
  limits: FileQuotas
  /** One of a session was deleted, and whoever has it laid out for others takes it away. */
  removed?: (sessionId: string, fileId: string) => Promise<void>
}

const notFound = () => new Refused('NOT_FOUND', 'no such file')

export type Files = ReturnType<typeof createFiles>

export function createFiles({ storage, channels, auth, clock, log, newId, store, limits, removed }: Dependencies) {
  const rows = fileRows(storage)
  const quotas = createQuotas(storage, limits)

  /** Taken into the store, and without a row yet. */
  const publishing = new Set<string>()

  /** What they begin with, wherever they are. */
  async function headOf({ blob, path }: Staged): Promise<Uint8Array> {
    const bytes = (await Bun.file(path).exists()) ? Bun.file(path).slice(0, sniffedBytes) : await store.read(blob, 0, sniffedBytes)
    return bytes === null ? new Uint8Array() : new Response(bytes).bytes()
  }

  async function allowed(who: Identity, row: FileRow | null, action: 'download' | 'delete_file' | 'share_file'): Promise<FileRow> {
    if (!row) throw notFound()
    const own = row.user_id === who.userId
    if (row.session_id) await auth.may(who, action, row.session_id, { own })
    else if (!own) throw notFound()
    return row
  }

  /** What the store does not do now is left to the next sweep: nobody is to hear that their deed failed, which is done. */
  async function laterIfAway(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem
      log.warn('files.left_to_next_sweep', { what })
    }
  }

  const removeUnused = (blob: string) =>
    laterIfAway('remove', async () => {
      if (!(await rows.isUsed(blob))) await store.remove(blob)
    })

  async function sweep(): Promise<void> {
    // The names first: whoever was about to give one a row then has done so when the rows are read, or is left out.
    const names: string[] = []
    for await (const name of store.names()) if (!publishing.has(name)) names.push(name)
    const used = await rows.usedBlobs()
    const unused = names.filter((blob) => !used.has(blob))
    for (const blob of unused) await store.remove(blob)
    if (unused.length > 0) log.info('files.swept', { unused: unused.length })
  }

  return {
    /** Makes a file of bytes. Again after a crash: no harm. CONFLICT when one of the statements found no row as it had to be; then the bytes are in the store until `discard`. Asks nobody's rights. */
    async publish(asked: Asked, staged: Staged, about: About, { also = [], answer }: Publishing = {}): Promise<Uploaded> {
      const { who } = asked
      const { blob, path, size, sha256 } = staged
      const { id, session_id, filename, folder } = about
      const row: FileRow = { id, session_id, user_id: who.userId, filename, folder, content_type: contentTypeOf(about.content_type, await headOf(staged)), size, sha256, blob, created_at: clock.now(), username: who.name }
      publishing.add(blob)
      try {
        await store.take(blob, path)
        const result = attachmentOf(row)
        const event: OutEvent = { channel: homeOf(row), type: 'file_uploaded', data: told(row) }
        await commitOrRefuse(channels, { statements: [...also, insertRow(row)], events: [event], ...asked.answering(answer ?? result) })
        return result
      } finally {
        publishing.delete(blob)
      }
    },
    /** Bytes in the store that became no file. */
    discard: removeUnused,
    /** Whether all of these bytes are in the store. */
    holds: async (blob: string, size: number): Promise<boolean> => (await store.size(blob)) === size,
    contentOf: (blob: string): Promise<BlobBytes | null> => store.read(blob),
    /** Whatever has this id, deleted as well. Asks nobody's rights. */
    known: rows.known,
    /** Files of a session, or, without one, the asker's own that are in none. Newest first. */
    async list(who: Identity, { sessionId, limit, cursor }: FilesQuery): Promise<FilesPage> {
      if (sessionId) await auth.may(who, 'download', sessionId)
      const count = Math.min(Math.max(1, limit ?? defaultLimit), maxLimit)
      const page = await rows.page(sessionId ? { sessionId } : { looseOf: who.userId }, count, cursor || null)
      return { files: page.rows.map(told), next: page.next }
    },
    /** NOT_FOUND also for what the asker may not see. */
    async read(who: Identity, fileId: string): Promise<FileRecord> {
      const row = await allowed(who, await rows.find(fileId), 'download')
      return {
        id: row.id,
        sessionId: row.session_id,
        userId: row.user_id,
        filename: row.filename,
        contentType: row.content_type,
        size: row.size,
        sha256: row.sha256,
        createdAt: row.created_at,
        blob: row.blob,
      }
    },
    /** Several files of a session as one. */
    archives: createArchives({ rows, auth, store, clock, newId }),
    share: createShareFile({ channels, auth, clock, newId, quotas, mayShare: async (who, fileId) => allowed(who, await rows.find(fileId), 'share_file') }),
    /** Bytes [from, to) of a file that was read; all without them. BUSY while the store does not answer. */
    async content({ blob }: FileRecord, from?: number, to?: number): Promise<BlobBytes> {
      const bytes = await store.read(blob, from, to)
      if (!bytes) throw notFound()
      return bytes
    },
    async remove(asked: Asked, fileId: string): Promise<object> {
      const { who } = asked
      const row = await allowed(who, await rows.find(fileId), 'delete_file')
      const statements: Statement[] = [
        { sql: 'UPDATE files SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL', params: [clock.now(), fileId], changes: 1 },
        ...(row.session_id ? [auth.audit(who, 'file.delete', { file_id: fileId, filename: row.filename }, row.session_id)] : []),
      ]
      const data = { file_id: fileId, session_id: row.session_id, user_id: who.userId }
      await commitOrRefuse(channels, { statements, events: [{ channel: homeOf(row), type: 'file_deleted', data }], ...asked.answering({}) })
      await removeUnused(row.blob)
      // Whatever is in the way there, the file is deleted.
      if (row.session_id) await removed?.(row.session_id, fileId).catch((error: unknown) => log.warn('files.copy_left', { file_id: fileId, error }))
      return {}
    },
    /** For a prompt's commit: checks that the asker may attach these; own files without a session become the session's, as far as it has room (TOO_LARGE). */
    async attaching(who: Identity, sessionId: string, fileIds: readonly string[]): Promise<Attaching> {
      const attachments: Attachment[] = []
      const statements: Statement[] = []
      const events: OutEvent[] = []
      const moving: FileRow[] = []
      const room = [quotas.ofSession(sessionId)]
      for (const fileId of new Set(fileIds)) {
        const row = await rows.find(fileId)
        const loose = row?.session_id === null && row.user_id === who.userId
        if (!row || (row.session_id !== sessionId && !loose)) throw new Refused('NOT_FOUND', 'no such file', { details: { file_id: fileId } })
        attachments.push(attachmentOf(row))
        if (!loose) continue
        moving.push(row)
        statements.push({ sql: 'UPDATE files SET session_id = ? WHERE id = ? AND session_id IS NULL AND deleted_at IS NULL', params: [sessionId, fileId], changes: 1 })
        events.push({ channel: sessionChannel(sessionId), type: 'file_uploaded', data: told({ ...row, session_id: sessionId }) })
      }
      await quotas.refuseFull(room, moving)
      // Others may take the room until the commit.
      const last = moving.at(-1)
      if (last) statements.push(quotas.within(room, last.id))
      return { attachments, statements, events }
    },
    /** All files of a session, oldest first. Asks nobody's rights. */
    async ofSession(sessionId: string): Promise<FileUploaded[]> {
      return (await rows.ofSession(sessionId)).map(told)
    },
    /** All files of a session, oldest first, with the paths under which its Claude finds them. Asks nobody's rights. */
    handedTo: createHandedPlaces(storage, rows),
    /** Ask nobody's rights; null when the file is gone. */
    async pathOf(fileId: string): Promise<string | null> {
      const row = await rows.find(fileId)
      return row && store.local(row.blob)
    },
    async bytesOf(fileId: string): Promise<Uint8Array | null> {
      const row = await rows.find(fileId)
      const bytes = row && (await store.read(row.blob))
      return bytes && new Response(bytes).bytes()
    },
    /** Before listening: bytes without a row are removed. Also after a session was erased. */
    async sweep(): Promise<void> {
      await store.prepare()
      await laterIfAway('sweep', sweep)
    },
  }
}
