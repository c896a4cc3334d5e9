// How much of their files people have on the way to the disk over sockets: what comes on top of it is refused, and not held.
import { LIMITS, Refused, type BadMessage, type DecodedFrame, type GoodMessage } from '#protocol'

type Message = GoodMessage | BadMessage

/** How soon some of what is under way has landed. */
const retryAfterMs = 250

const bytesOf = (each: Message): number => (each.ok && each.message.type === 'upload_chunk' ? each.message.data.data.length : 0)

/** Of a frame, what is no chunk: chunks are counted while they fly, and not by the second. */
export const besideChunks = (frame: string, decoded: DecodedFrame): number => frame.length - (decoded.ok ? decoded.messages.reduce((sum, each) => sum + bytesOf(each), 0) : 0) + decoded.values * LIMITS.valueBytes

export type Flights = ReturnType<typeof createFlights>

export function createFlights(maxBytes: number) {
  const flying = new Map<string, number>()
  return {
    /** RATE_LIMITED when too much of this user is under way. Each message that boarded has to land. */
    board(userId: string | undefined, each: Message): Refused | null {
      const bytes = bytesOf(each)
      if (bytes === 0 || userId === undefined) return null
      const now = (flying.get(userId) ?? 0) + bytes
      if (now > maxBytes) return new Refused('RATE_LIMITED', 'too many chunks that are not on the disk so far', { retryAfterMs, details: { reason: 'in_flight' } })
      flying.set(userId, now)
      return null
    },
    land(userId: string | undefined, each: Message): void {
      const bytes = bytesOf(each)
      if (bytes === 0 || userId === undefined) return
      const now = (flying.get(userId) ?? 0) - bytes
      if (now > 0) flying.set(userId, now)
      else flying.delete(userId)
    },
  }
}
