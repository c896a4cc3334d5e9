// Who has begun too many uploads loses what has lain untouched the longest, instead of being refused: the browser it came from may be lost, and would block them until it expires.
import type { Clock } from '../clock.ts'
import type { Room, RoomLimits } from './room.ts'
import type { Staging } from './staging.ts'
import type { UploadRow, uploadRows } from './upload-rows.ts'
import type { Writers } from './writers.ts'

type Dependencies = {
  clock: Pick<Clock, 'now'>
  limits: RoomLimits
  room: Room
  rows: ReturnType<typeof uploadRows>
  staging: Staging
  writers: Writers
  drop(row: UploadRow, outcome: 'expired'): Promise<boolean>
}

const untouchedMs = 3_600_000

/** What is whole is not touched, whatever it waits for. */
export function createGivingWay({ clock, limits, room, rows, staging, writers, drop }: Dependencies) {
  /** True: there is one less, and `row` may go in. False: nothing has lain so long, or that is not what is in its way. */
  return async function giveWay(row: UploadRow): Promise<boolean> {
    const own = await rows.of(row.user_id)
    if (own.length < limits.open || (await room.lack(row, row.size, { ...limits, open: Number.MAX_SAFE_INTEGER })) !== null) return false
    const unfinished = await Promise.all(own.map(async (each) => ({ each, grown: await staging.grown(each.blob) })))
    const [oldest] = unfinished
      .flatMap(({ each, grown }) => (grown === null || grown.length === each.size || writers.writing(each.id) ? [] : [{ each, at: Math.max(each.created_at, grown.touchedAt) }]))
      .sort((a, b) => a.at - b.at)
    return oldest !== undefined && clock.now() - oldest.at > untouchedMs && drop(oldest.each, 'expired')
  }
}
