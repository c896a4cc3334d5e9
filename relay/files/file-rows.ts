// The rows of files: how they are read and written, and what people are told of them.
import { sessionChannel, userChannel, type Attachment, type FileUploaded } from '#protocol'
import { createCursor, type Statement, type Storage } from '../storage/storage.ts'

export type FileRow = { id: string; session_id: string | null; user_id: string; filename: string; folder: string; content_type: string; size: number; sha256: string; blob: string; created_at: number; username: string }

const select = `SELECT id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at, (SELECT name FROM users WHERE users.id = files.user_id) AS username
  FROM files WHERE deleted_at IS NULL`
const insertSql = 'INSERT INTO files (id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

const pageEnd = createCursor('files', 'number', 'text')

/** What an event or a list says of it. */
export const told = (row: FileRow): FileUploaded => ({
  file_id: row.id,
  session_id: row.session_id,
  filename: row.filename,
  ...(row.folder !== '' && { folder: row.folder }),
  content_type: row.content_type,
  size: Number(row.size),
  user_id: row.user_id,
  username: row.username,
  created_at: Number(row.created_at),
})

export const attachmentOf = ({ id, filename, content_type, size }: FileRow): Attachment => ({ file_id: id, filename, content_type, size: Number(size) })

/** The channel in which a file's events are told. */
export const homeOf = (row: Pick<FileRow, 'session_id' | 'user_id'>) => (row.session_id ? sessionChannel(row.session_id) : userChannel(row.user_id))

export function insertRow(row: FileRow): Statement {
  const { id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at } = row
  return { sql: insertSql, params: [id, session_id, user_id, filename, folder, content_type, size, sha256, blob, created_at], changes: 1 }
}

export type FileRows = ReturnType<typeof fileRows>

/** Deleted files are in none of these that does not say so. */
export function fileRows(storage: Pick<Storage, 'query'>) {
  return {
    async find(fileId: string): Promise<FileRow | null> {
      const [row] = await storage.query<FileRow>(`${select} AND id = ?`, [fileId])
      return row ?? null
    },
    /** Whatever has this id, deleted as well. */
    async known(fileId: string): Promise<{ userId: string; sessionId: string | null; filename: string; folder: string; size: number; sha256: string; deleted: boolean } | null> {
      const [row] = await storage.query<FileRow & { deleted_at: number | null }>('SELECT user_id, session_id, filename, folder, size, sha256, deleted_at FROM files WHERE id = ?', [fileId])
      return row ? { userId: row.user_id, sessionId: row.session_id, filename: row.filename, folder: row.folder, size: Number(row.size), sha256: row.sha256, deleted: row.deleted_at !== null } : null
    },
    /** Of a session, oldest first. */
    ofSession: (sessionId: string) => storage.query<FileRow>(`${select} AND session_id = ? ORDER BY created_at, id`, [sessionId]),
    /** The same, with where its Claude was told that each lies; null: it was told nothing of it. */
    handedOf: (sessionId: string) => storage.query<{ id: string; path: string | null }>('SELECT id, handed_path AS path FROM files WHERE session_id = ? AND deleted_at IS NULL ORDER BY created_at, id', [sessionId]),
    /** Of a session, oldest first, the deleted among them. */
    everOf: (sessionId: string) => storage.query<{ id: string; filename: string; folder: string; path: string | null }>('SELECT id, filename, folder, handed_path AS path FROM files WHERE session_id = ? ORDER BY created_at, id', [sessionId]),
    /** Newest first; `next` leads to the following page. */
    async page(of: { sessionId: string } | { looseOf: string }, limit: number, cursor: string | null): Promise<{ rows: FileRow[]; next: string | null }> {
      const [where, whose] = 'sessionId' in of ? ['session_id = ?', of.sessionId] : ['session_id IS NULL AND user_id = ?', of.looseOf]
      const after = pageEnd.read(cursor)
      const sql = `${select} AND ${where}${after ? ' AND (created_at, id) < (?, ?)' : ''} ORDER BY created_at DESC, id DESC LIMIT ?`
      const found = await storage.query<FileRow>(sql, [whose, ...(after ?? []), limit + 1])
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return { rows, next: last && found.length > limit ? pageEnd.write(Number(last.created_at), last.id) : null }
    },
    async isUsed(blob: string): Promise<boolean> {
      return (await storage.query(`${select} AND blob = ? LIMIT 1`, [blob])).length > 0
    },
    /** Of files, and of what is about to become one. */
    async usedBlobs(): Promise<Set<string>> {
      return new Set((await storage.query<{ blob: string }>('SELECT blob FROM files WHERE deleted_at IS NULL UNION SELECT blob FROM uploads')).map(({ blob }) => blob))
    },
  }
}
