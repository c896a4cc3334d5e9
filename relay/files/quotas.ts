// How many bytes a person and a session may have: what is announced counts as if it were there, and the same bytes only once.
import { Refused } from '#protocol'
import type { Statement, Storage } from '../storage/storage.ts'
import type { FileRow } from './file-rows.ts'

/** In bytes. */
export type FileQuotas = { sessionBytes: number; userBytes: number }
type Owners = { user_id: string; session_id: string | null }
type Owner = { column: 'user_id' | 'session_id'; id: string; reason: 'user' | 'session'; limit: number }

/** SQL for the bytes of one of them, whose id stands for both question marks. The files of a fork, and shared ones, are bytes only once. */
export const usedBy = (column: 'user_id' | 'session_id') =>
  `((SELECT COALESCE(SUM(size), 0) FROM (SELECT DISTINCT blob, size FROM files WHERE ${column} = ? AND deleted_at IS NULL) AS each) + (SELECT COALESCE(SUM(size), 0) FROM uploads WHERE ${column} = ?))`
const hasRoom = (column: 'user_id' | 'session_id') => `${usedBy(column)} + ? <= ?`

/** SQL for whether there is room for `more` bytes, and what stands for its question marks. */
export const fits = `${hasRoom('user_id')} AND ${hasRoom('session_id')}`
export const fitting = ({ user_id, session_id }: Owners, more: number, { userBytes, sessionBytes }: FileQuotas) => [user_id, user_id, more, userBytes, session_id, session_id, session_id === null ? 0 : more, sessionBytes]

/** What a session or a person is told that has no room for more. `used`: what they have. */
export const noRoom = (reason: 'user' | 'session', limit: number, used: number) => new Refused('TOO_LARGE', `the files of a ${reason} may have ${limit} bytes together`, { details: { reason, limit, used } })

export function createQuotas(storage: Pick<Storage, 'query'>, { sessionBytes, userBytes }: FileQuotas) {
  const ofSession = (id: string): Owner => ({ column: 'session_id', id, reason: 'session', limit: sessionBytes })
  const ofUser = (id: string): Owner => ({ column: 'user_id', id, reason: 'user', limit: userBytes })

  async function used({ column, id }: Owner): Promise<number> {
    const [row] = await storage.query<{ bytes: number }>(`SELECT ${usedBy(column)} AS bytes`, [id, id])
    return Number(row!.bytes)
  }

  /** Bytes that these files add to what is there. */
  async function added({ column, id }: Owner, files: readonly FileRow[]): Promise<number> {
    const sizes = new Map(files.map(({ blob, size }) => [blob, Number(size)]))
    const marks = [...sizes].map(() => '?').join(', ')
    for (const { blob } of await storage.query<{ blob: string }>(`SELECT DISTINCT blob FROM files WHERE ${column} = ? AND deleted_at IS NULL AND blob IN (${marks})`, [id, ...sizes.keys()])) sizes.delete(blob)
    return [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  return {
    ofSession,
    ofUser,
    /** TOO_LARGE when they have no room for these files, which are not theirs yet. */
    async refuseFull(owners: readonly Owner[], files: readonly FileRow[]): Promise<void> {
      if (files.length === 0) return
      for (const owner of owners) {
        const [more, has] = [await added(owner, files), await used(owner)]
        const { reason, limit } = owner
        if (has + more > limit) throw noRoom(reason, limit, has)
      }
    },
    /** For the commit in which a file has become theirs: changes nothing, and so refuses its batch, where that was too much. */
    within: (owners: readonly Owner[], fileId: string): Statement => ({
      sql: `UPDATE files SET session_id = session_id WHERE id = ? AND ${owners.map(({ column }) => hasRoom(column)).join(' AND ')}`,
      params: [fileId, ...owners.flatMap(({ id, limit }) => [id, id, 0, limit])],
      changes: 1,
    }),
  }
}

export type FileRoom = ReturnType<typeof createQuotas>
