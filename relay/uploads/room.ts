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

  /** Announced by open uploads, and not there yet. */
  async function outstanding(): Promise<number> {
    const open = await rows.all()
    const grown = await Promise.all(open.map(({ blob }) => staging.grown(blob)))
    return open.reduce((sum, { size }, at) => sum + Math.max(0, size - (grown[at]?.length ?? 0)), 0)
  }

  return {
    /** TOO_LARGE for a single file that no room would be enough for. */
    refuseTooLarge(size: number): void {
      if (size > limits.maxBytes) throw new Refused('TOO_LARGE', `a file may have ${limits.maxBytes} bytes`, { details: { reason: 'file', limit: limits.maxBytes } })
    },
    /** BUSY when the disk has no such room beside what is announced already. */
    async refuseFullDisk(size: number): Promise<void> {
      const room = free()
      if (room < size || room < size + (await outstanding())) throw noRoom()
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
