// The rows of uploads: they come and go only where people have room for them.
import { fits, fitting, type FileQuotas } from '../files/files.ts'
import type { Statement, Storage } from '../storage/storage.ts'

export type UploadRow = {
  /** Of the file that it becomes. */
  id: string
  session_id: string | null
  user_id: string
  filename: string
  folder: string
  /** As the sender says. */
  content_type: string
  size: number
  blob: string
  /** What the sender says that it is, in hex. */
  sha256: string | null
  created_at: number
  /** The sign-in under which it was begun, where that outlives a token. */
  sid: string | null
}

/** `open`: how many uploads one user may have begun at once. */
export type Quotas = FileQuotas & { open: number }

const columns = 'id, session_id, user_id, filename, folder, content_type, size, blob, sha256, created_at, sid'

/** Changes nothing, and so refuses its batch, where there is no room, or such an id already. */
export function beginRow(row: UploadRow, quotas: Quotas): Statement {
  const { id, session_id, user_id, filename, folder, content_type, size, blob, sha256, created_at, sid } = row
  const sql = `INSERT INTO uploads (${columns}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT COUNT(*) FROM uploads WHERE user_id = ?) < ? AND ${fits}`
  return { sql, params: [id, session_id, user_id, filename, folder, content_type, size, blob, sha256, created_at, sid, user_id, quotas.open, ...fitting(row, { bytes: size, files: 1 }, quotas)], changes: 1 }
}

/** For the commit in which it becomes a file; refuses as `beginRow`, for others may have taken the room by other ways. */
export const endRow = (row: UploadRow, quotas: Quotas): Statement => ({ sql: `DELETE FROM uploads WHERE id = ? AND ${fits}`, params: [row.id, ...fitting(row, { bytes: 0, files: 0 }, quotas)], changes: 1 })

export const dropRow = ({ id, blob }: Pick<UploadRow, 'id' | 'blob'>): Statement => ({ sql: 'DELETE FROM uploads WHERE id = ? AND blob = ?', params: [id, blob], changes: 1 })
export const expectHash = ({ id, blob }: UploadRow, sha256: string): Statement => ({ sql: 'UPDATE uploads SET sha256 = ? WHERE id = ? AND blob = ?', params: [sha256, id, blob], changes: 1 })

export function uploadRows(storage: Pick<Storage, 'query'>) {
  const plain = (row: UploadRow): UploadRow => ({ ...row, size: Number(row.size), created_at: Number(row.created_at) })
  return {
    async find(id: string): Promise<UploadRow | null> {
      const [row] = await storage.query<UploadRow>(`SELECT ${columns} FROM uploads WHERE id = ?`, [id])
      return row ? plain(row) : null
    },
    /** Oldest first. */
    async all(): Promise<UploadRow[]> {
      return (await storage.query<UploadRow>(`SELECT ${columns} FROM uploads ORDER BY created_at, id`)).map(plain)
    },
    /** Oldest first. */
    async of(userId: string): Promise<UploadRow[]> {
      return (await storage.query<UploadRow>(`SELECT ${columns} FROM uploads WHERE user_id = ? ORDER BY created_at, id`, [userId])).map(plain)
    },
    async openOf(userId: string): Promise<number> {
      const [row] = await storage.query<{ open: number }>('SELECT COUNT(*) AS open FROM uploads WHERE user_id = ?', [userId])
      return Number(row!.open)
    },
  }
}
