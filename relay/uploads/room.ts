// How much may still be taken: of one file, one session, one person, and of the disk. What open uploads have announced counts.
import { Refused } from '#protocol'
import { noRoom, spareBytes } from '../disk-room.ts'
import { lackOf } from '../files/files.ts'
import type { Storage } from '../storage/storage.ts'
import type { Staging } from './staging.ts'
import type { Quotas, UploadRow, uploadRows } from './upload-rows.ts'

export type RoomLimits = Quotas & { maxBytes: number; reserveBytes: number }

const tooMany = (limit: number) => new Refused('RATE_LIMITED', `${limit} uploads may be open at once`, { retryAfterMs: 10_000, details: { reason: 'open', limit } })

export function createRoom({ storage, folder, rows, staging, limits }: { storage: Pick<Storage, 'query'>; folder: string; rows: ReturnType<typeof uploadRows>; staging: Staging; limits: RoomLimits }) {
  const free = () => spareBytes(folder, limits.reserveBytes)

  /** Announced by open uploads, and not there yet: by this person, and by all others. */
  async function outstanding(userId: string): Promise<{ own: number; others: number }> {
    const sums = { own: 0, others: 0 }
    const open = await rows.all()
    const grown = await Promise.all(open.map(({ blob }) => staging.grown(blob)))
    for (const [at, { size, user_id }] of open.entries()) sums[user_id === userId ? 'own' : 'others'] += Math.max(0, size - (grown[at]?.length ?? 0))
    return sums
  }

  return {
    /** TOO_LARGE for a single file that no room would be enough for. */
    refuseTooLarge(size: number): void {
      if (size > limits.maxBytes) throw new Refused('TOO_LARGE', `a file may have ${limits.maxBytes} bytes`, { details: { reason: 'file', limit: limits.maxBytes } })
    },
    /** BUSY when the disk has no such room beside what is announced already. Others' words take half of the room at most: bytes fill a disk, and nobody keeps all out of it by announcing. */
    async refuseFullDisk(userId: string, size: number): Promise<void> {
      const room = free()
      if (room < size) throw noRoom()
      const { own, others } = await outstanding(userId)
      if (room < size + own + Math.min(others, room / 2)) throw noRoom()
    },
    /** BUSY when what is to stay free is reached: others have filled the disk. */
    refuseReserve(): void {
      if (free() < 0) throw noRoom()
    },
    /** Why a row of so many bytes did not go in, or, with none, one that is there not out. null: not for want of room. */
    async lack(row: Pick<UploadRow, 'user_id' | 'session_id'>, more: number | null, quotas: Quotas = limits): Promise<Refused | null> {
      if ((await rows.openOf(row.user_id)) >= quotas.open + (more === null ? 1 : 0)) return tooMany(quotas.open)
      return lackOf(storage, row, more === null ? { bytes: 0, files: 0 } : { bytes: more, files: 1 }, quotas)
    },
  }
}

export type Room = ReturnType<typeof createRoom>
