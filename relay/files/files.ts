// DOOR of files: what people hand to Claude and to each other, kept in the data folder.
import type { Attachment, FileUploaded, Uploaded } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/identity.ts'
import type { NewEvent, Statement } from '../storage/storage.ts'

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
  /** Where its bytes are. */
  path: string
}

export type Upload = {
  session_id?: string | null
  filename: string
  content_type: string
  /** What the sender announced, in bytes; refused when the content is of another size. */
  size?: number | null
  content: AsyncIterable<Uint8Array>
}

export type Files = {
  store(asked: Asked, upload: Upload): Promise<Uploaded>
  list(who: Identity, query: { sessionId?: string | null; limit?: number; cursor?: string | null }): Promise<{ files: FileUploaded[]; next: string | null }>
  /** NOT_FOUND also for what the asker may not see. */
  read(who: Identity, fileId: string): Promise<FileRecord>
  remove(asked: Asked, fileId: string): Promise<object>
  /** For a prompt's commit: checks that the asker may attach these; own files without a session become the session's. */
  attaching(who: Identity, sessionId: string, fileIds: readonly string[]): Promise<{ attachments: Attachment[]; statements: Statement[]; events: NewEvent[] }>
  /** All files of a session, oldest first. Asks nobody's rights. */
  ofSession(sessionId: string): Promise<FileUploaded[]>
  /** Ask nobody's rights; null when the file is gone. */
  pathOf(fileId: string): Promise<string | null>
  bytesOf(fileId: string): Promise<Uint8Array | null>
  /** Before listening: bytes without a row are removed. Also after a session was erased. */
  sweep(): Promise<void>
}
