// How many bytes and how many files a person and a session may have: what is announced counts as if it were there, and the same bytes only once.
import { Refused } from '#protocol'
import type { Statement, Storage } from '../storage/storage.ts'
import type { FileRow } from './file-rows.ts'

/** `…Bytes`: in bytes. `…Files`: how many, whatever is in them. */
export type FileQuotas = { sessionBytes: number; userBytes: number; sessionFiles: number; userFiles: number }
export type Amount = { bytes: number; files: number }
type Owners = { user_id: string; session_id: string | null }
type Column = 'user_id' | 'session_id'
type Owner = { column: Column; id: string; of: 'user' | 'session'; limit: Amount }

const kindOf = { user_id: 'user', session_id: 'session' } as const
/** SQL for what one of them has, whose id stands for both question marks: triggers keep what is there (`held`), what is announced is a few rows. */
const had = (column: Column) => `(SELECT bytes, files FROM held WHERE owner = '${kindOf[column]} ' || ? UNION ALL SELECT size, 1 FROM uploads WHERE ${column} = ?) AS had`
const hasRoom = (column: Column) => `(SELECT COALESCE(SUM(bytes), 0) + ? <= ? AND COALESCE(SUM(files), 0) + ? <= ? FROM ${had(column)})`
const roomFor = ({ bytes, files }: Amount, limit: Amount) => [bytes, limit.bytes, files, limit.files]

const none: Amount = { bytes: 0, files: 0 }
const limitsOf = ({ sessionBytes, userBytes, sessionFiles, userFiles }: FileQuotas) => ({ user: { bytes: userBytes, files: userFiles }, session: { bytes: sessionBytes, files: sessionFiles } })

/** SQL for whether there is room for `more`, and what stands for its question marks. */
export const fits = `${hasRoom('user_id')} AND ${hasRoom('session_id')}`
export function fitting({ user_id, session_id }: Owners, more: Amount, quotas: FileQuotas): (string | number | null)[] {
  const { user, session } = limitsOf(quotas)
  return [...roomFor(more, user), user_id, user_id, ...roomFor(session_id === null ? none : more, session), session_id, session_id]
}

/** What a session or a person has, what is announced included. */
async function usedBy(storage: Pick<Storage, 'query'>, column: Column, id: string): Promise<Amount> {
  const [row] = await storage.query<Amount>(`SELECT COALESCE(SUM(bytes), 0) AS bytes, COALESCE(SUM(files), 0) AS files FROM ${had(column)}`, [id, id])
  return { bytes: Number(row!.bytes), files: Number(row!.files) }
}

/** Why a session or a person has no room for `more`; null: they have. */
function refusalOf({ of, limit }: Pick<Owner, 'of' | 'limit'>, used: Amount, more: Amount): Refused | null {
  if (used.bytes + more.bytes > limit.bytes) return new Refused('TOO_LARGE', `the files of a ${of} may have ${limit.bytes} bytes together`, { details: { reason: of, limit: limit.bytes, used: used.bytes } })
  if (used.files + more.files > limit.files) return new Refused('TOO_LARGE', `a ${of} may have ${limit.files} files`, { details: { reason: `${of}_files`, limit: limit.files, used: used.files } })
  return null
}

/** Why these two have no room for `more`; null: they have. */
export async function lackOf(storage: Pick<Storage, 'query'>, { user_id, session_id }: Owners, more: Amount, quotas: FileQuotas): Promise<Refused | null> {
  const { user, session } = limitsOf(quotas)
  const ofUser = refusalOf({ of: 'user', limit: user }, await usedBy(storage, 'user_id', user_id), more)
  return ofUser ?? (session_id === null ? null : refusalOf({ of: 'session', limit: session }, await usedBy(storage, 'session_id', session_id), more))
}

export function createQuotas(storage: Pick<Storage, 'query'>, quotas: FileQuotas) {
  const { user, session } = limitsOf(quotas)

  /** What these files add to what is there. */
  async function added({ column, id }: Owner, files: readonly FileRow[]): Promise<Amount> {
    const sizes = new Map(files.map(({ blob, size }) => [blob, Number(size)]))
    const marks = [...sizes].map(() => '?').join(', ')
    for (const { blob } of await storage.query<{ blob: string }>(`SELECT DISTINCT blob FROM files WHERE ${column} = ? AND deleted_at IS NULL AND blob IN (${marks})`, [id, ...sizes.keys()])) sizes.delete(blob)
    return { bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0), files: column === 'user_id' ? sizes.size : files.length }
  }

  return {
    ofSession: (id: string): Owner => ({ column: 'session_id', id, of: 'session', limit: session }),
    ofUser: (id: string): Owner => ({ column: 'user_id', id, of: 'user', limit: user }),
    /** TOO_LARGE when they have no room for these files, which are not theirs yet. */
    async refuseFull(owners: readonly Owner[], files: readonly FileRow[]): Promise<void> {
      if (files.length === 0) return
      for (const owner of owners) {
        const refusal = refusalOf(owner, await usedBy(storage, owner.column, owner.id), await added(owner, files))
        if (refusal) throw refusal
      }
    },
    /** For the commit in which a file has become theirs: changes nothing, and so refuses its batch, where that was too much. */
    within: (owners: readonly Owner[], fileId: string): Statement => ({
      sql: `UPDATE files SET session_id = session_id WHERE id = ? AND ${owners.map(({ column }) => hasRoom(column)).join(' AND ')}`,
      params: [fileId, ...owners.flatMap(({ id, limit }) => [...roomFor(none, limit), id, id])],
      changes: 1,
    }),
  }
}

export type FileRoom = ReturnType<typeof createQuotas>
