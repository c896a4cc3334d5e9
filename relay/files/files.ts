// DOOR of files: what people hand to Claude and to each other, kept in the data folder.
import { Refused, sessionChannel, type Attachment, type FilesPage, type FileUploaded, type Uploaded } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth, Identity } from '../auth/auth.ts'
import { commitOrRefuse, type Channels, type OutEvent, type Part } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import type { BlobBytes, BlobStore } from './blob-store.ts'
export type { BlobStore } from './blob-store.ts'
import { type Blob, type Content, createBlobs } from './blobs.ts'
import { contentTypeOf } from './content-type.ts'
import { extensionOf, safeName } from './file-name.ts'
import { attachmentOf, type FileRow, fileRows, homeOf, insertRow, told } from './file-rows.ts'
import { handedPaths } from './handed-paths.ts'
import { createShareFile } from './share-file.ts'

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

/** What is said about a file. */
type About = { session_id?: string | null; filename: string; content_type: string }
export type Upload = About & {
  /** What the sender announced, in bytes; refused when the content is of another size. */
  size?: number | null
  content: Content
}
type FilesQuery = { sessionId?: string | null; limit?: number | null; cursor?: string | null }
type Attaching = Part & { attachments: Attachment[] }

/** Bytes that are on the disk and belong to nobody yet. */
export type Received = Blob

const defaultLimit = 100
const maxLimit = 500

type Dependencies = {
  storage: Pick<Storage, 'query' | 'commit'>
  channels: Pick<Channels, 'publish'>
  auth: Auth
  clock: Clock
  log: Log
  /** Counts what is taken. */
  metrics?: Pick<Metrics, 'add'>
  newId: () => string
  /** Of whole files. */
  store: BlobStore
  /** For what is on its way in, in the data folder; nobody else writes there. */
  folder: string
  maxBytes: number
}

const notFound = () => new Refused('NOT_FOUND', 'no such file')

export type Files = ReturnType<typeof createFiles>

export function createFiles({ storage, channels, auth, clock, log, metrics, newId, store, folder, maxBytes }: Dependencies) {
  const blobs = createBlobs({ folder, store, newId })
  const rows = fileRows(storage)

  /** Whether the asker may upload here at all; thrown as by `store`, before anything is read. */
  async function mayUpload(who: Identity, sessionId: string | null): Promise<void> {
    if (sessionId) await auth.may(who, 'upload', sessionId)
    else if (who.role === 'viewer') throw new Refused('FORBIDDEN', 'your role does not allow this')
  }

  /** The first half of `store`, for senders that say only later what they send. Must end in `keep` or `discard`. */
  const receive = (content: Content, filename: string) => blobs.write(content, { maxBytes, extension: extensionOf(filename) })

  /** The rights are asked again: an upload may have taken longer than they lasted. */
  async function keep(asked: Asked, received: Received, about: About): Promise<Uploaded> {
    const { who } = asked
    const sessionId = about.session_id || null
    const { blob, size, sha256, head } = received
    try {
      await mayUpload(who, sessionId)
      const row: FileRow = {
        id: newId(),
        session_id: sessionId,
        user_id: who.userId,
        filename: safeName(about.filename),
        content_type: contentTypeOf(about.content_type, head),
        size,
        sha256,
        blob,
        created_at: clock.now(),
        username: who.name,
      }
      const result = attachmentOf(row)
      const event: OutEvent = { channel: homeOf(row), type: 'file_uploaded', data: told(row) }
      await commitOrRefuse(channels, { statements: [insertRow(row)], events: [event], ...asked.answering(result) })
      blobs.release(blob)
      metrics?.add('ensemble_uploads_total')
      metrics?.add('ensemble_upload_bytes_total', size)
      return result
    } catch (problem) {
      await blobs.remove(blob)
      throw problem
    }
  }

  async function allowed(who: Identity, row: FileRow | null, action: 'download' | 'delete_file' | 'share_file'): Promise<FileRow> {
    if (!row) throw notFound()
    const own = row.user_id === who.userId
    if (row.session_id) await auth.may(who, action, row.session_id, { own })
    else if (!own) throw notFound()
    return row
  }

  async function removeUnused(blob: string): Promise<void> {
    if (!(await rows.isUsed(blob))) await blobs.remove(blob)
  }

  return {
    /** The largest file that is taken. */
    maxBytes,
    mayUpload,
    receive,
    keep,
    discard: ({ blob }: Received): Promise<void> => blobs.remove(blob),
    async store(asked: Asked, { content, size, ...about }: Upload): Promise<Uploaded> {
      await mayUpload(asked.who, about.session_id || null)
      if (typeof size === 'number' && size > maxBytes) throw new Refused('TOO_LARGE', `a file may have ${maxBytes} bytes`)
      const received = await receive(content, about.filename)
      if (typeof size !== 'number' || size === received.size) return keep(asked, received, about)
      await blobs.remove(received.blob)
      throw new Refused('VALIDATION', `size: ${size} bytes were announced, ${received.size} came`)
    },
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
    share: createShareFile({ channels, auth, clock, newId, mayShare: async (who, fileId) => allowed(who, await rows.find(fileId), 'share_file') }),
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
      return {}
    },
    /** For a prompt's commit: checks that the asker may attach these; own files without a session become the session's. */
    async attaching(who: Identity, sessionId: string, fileIds: readonly string[]): Promise<Attaching> {
      const attachments: Attachment[] = []
      const statements: Statement[] = []
      const events: OutEvent[] = []
      for (const fileId of new Set(fileIds)) {
        const row = await rows.find(fileId)
        const loose = row?.session_id === null && row.user_id === who.userId
        if (!row || (row.session_id !== sessionId && !loose)) throw new Refused('NOT_FOUND', 'no such file', { details: { file_id: fileId } })
        attachments.push(attachmentOf(row))
        if (!loose) continue
        statements.push({ sql: 'UPDATE files SET session_id = ? WHERE id = ? AND session_id IS NULL AND deleted_at IS NULL', params: [sessionId, fileId], changes: 1 })
        events.push({ channel: sessionChannel(sessionId), type: 'file_uploaded', data: told({ ...row, session_id: sessionId }) })
      }
      return { attachments, statements, events }
    },
    /** All files of a session, oldest first. Asks nobody's rights. */
    async ofSession(sessionId: string): Promise<FileUploaded[]> {
      return (await rows.ofSession(sessionId)).map(told)
    },
    /** All files of a session, oldest first, with the paths under which its Claude finds them. Asks nobody's rights. */
    async handedTo(sessionId: string): Promise<{ id: string; path: string }[]> {
      return [...handedPaths(await rows.ofSession(sessionId))].map(([id, path]) => ({ id, path }))
    },
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
      await blobs.prepare()
      // The names first: whoever was about to give one a row then has done so when the rows are read, or is left out.
      const { whole, half } = await blobs.names()
      const used = await rows.usedBlobs()
      const unused = whole.filter((blob) => !used.has(blob))
      for (const blob of unused) await blobs.remove(blob)
      for (const name of half) await blobs.removeHalf(name)
      if (unused.length + half.length > 0) log.info('files.swept', { unused: unused.length, half_written: half.length })
    },
  }
}
