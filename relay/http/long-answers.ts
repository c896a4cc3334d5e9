// Answers that are made while they are read, a page in its turn: few of one user at once, so that what is left unread stays little.
import { Refused } from '#protocol'

/** One that is not read holds a page of its session, a long turn, or a file that is open, until the server ends it. */
const atOnce = 4
/** Handed on in bits: one is open for as long as there is more than a bit that nobody has taken. */
const bitBytes = 64 * 1024

/** In seconds. The kernel holds some megabytes that nobody has read yet: only once they are nearly gone is more taken. */
export const unreadForSeconds = 30

export function createLongAnswers(inTurn: <T>(userId: string, work: () => Promise<T>) => Promise<T>) {
  const open = new Map<string, number>()

  /** Pulled as fast as it is read; each page waits its turn, so that a slow reader holds nobody up. What the pieces throw cuts the answer off. */
  return function streamOf(userId: string, pieces: AsyncGenerator<string | Uint8Array>): ReadableStream<Uint8Array> {
    const mine = open.get(userId) ?? 0
    if (mine >= atOnce) throw new Refused('RATE_LIMITED', 'too many exports and archives at once', { retryAfterMs: 5_000 })
    open.set(userId, mine + 1)
    let isOpen = true
    const end = () => {
      if (!isOpen) return
      isOpen = false
      const left = open.get(userId)! - 1
      if (left === 0) open.delete(userId)
      else open.set(userId, left)
    }
    const encoder = new TextEncoder()
    let held: Uint8Array = new Uint8Array()

    async function next(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
      while (held.length === 0) {
        const { done, value } = await inTurn(userId, () => pieces.next())
        if (done) {
          end()
          return controller.close()
        }
        held = typeof value === 'string' ? encoder.encode(value) : value
      }
      controller.enqueue(held.subarray(0, bitBytes))
      held = held.subarray(bitBytes)
    }

    return new ReadableStream({
      pull: (controller) =>
        next(controller).catch((error: unknown) => {
          end()
          throw error
        }),
      async cancel() {
        end()
        await pieces.return(undefined)
      },
    })
  }
}
