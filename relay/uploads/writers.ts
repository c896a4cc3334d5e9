// One writer per upload. A newer one takes over: the older one's connection may be half dead, and nothing that it still brings is written.
import { Refused } from '#protocol'
import type { Content } from './staging.ts'

export type Turn = {
  /** The next piece; null at the end. Rejects with CONFLICT as soon as somebody newer writes. */
  next(): Promise<Uint8Array | null>
  /** Runs what changes the bytes: a newer one waits for it. */
  change<T>(work: () => Promise<T>): Promise<T>
  end(): void
}

type Writer = { over: boolean; wake: (() => void) | null; busy: Promise<unknown> }

export const isTakenOver = (problem: unknown): boolean => problem instanceof Refused && (problem.options.details as { reason?: unknown } | undefined)?.reason === 'taken_over'
const takenOver = () => new Refused('CONFLICT', 'somebody newer writes this upload', { details: { reason: 'taken_over' } })

/** `perUser`: so many uploads of one user are written at once, the next has to wait. */
export function createWriters({ perUser }: { perUser: number }) {
  const writers = new Map<string, Writer & { userId: string }>()

  /** Ends whoever writes it; settles when nothing of theirs is under way any more. */
  async function stop(id: string): Promise<void> {
    const writer = writers.get(id)
    if (!writer) return
    writers.delete(id)
    writer.over = true
    writer.wake?.()
    await writer.busy
  }

  function refuseTooMany(id: string, userId: string): void {
    if (writers.has(id)) return
    let count = 0
    for (const each of writers.values()) if (each.userId === userId) count += 1
    if (count >= perUser) throw new Refused('RATE_LIMITED', `${perUser} uploads are written at once`, { retryAfterMs: 1_000, details: { reason: 'parallel', limit: perUser } })
  }

  async function begin(id: string, userId: string, content: Content): Promise<Turn> {
    refuseTooMany(id, userId)
    const older = writers.get(id)
    const writer: Writer & { userId: string } = { userId, over: false, wake: null, busy: Promise.resolve() }
    // Whoever comes third waits for the first as well.
    writer.busy = older ? stop(id) : Promise.resolve()
    writers.set(id, writer)
    await writer.busy
    const refuseIfOver = () => {
      if (writer.over) throw takenOver()
    }
    refuseIfOver()
    const pieces = Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]()
    return {
      next: () =>
        new Promise((resolve, reject) => {
          if (writer.over) return reject(takenOver())
          writer.wake = () => reject(takenOver())
          Promise.resolve(pieces.next()).then(
            ({ done, value }) => {
              writer.wake = null
              if (writer.over) reject(takenOver())
              else resolve(done ? null : value)
            },
            (problem: Error) => {
              writer.wake = null
              reject(problem)
            },
          )
        }),
      async change(work) {
        refuseIfOver()
        const made = work()
        writer.busy = made.catch(() => undefined)
        return made
      },
      end() {
        if (writers.get(id) === writer) writers.delete(id)
        writer.over = true
        // What was not wanted is not waited for.
        void Promise.resolve(pieces.return?.()).catch(() => undefined)
      },
    }
  }

  return { begin, stop, writing: (id: string): boolean => writers.has(id) }
}

export type Writers = ReturnType<typeof createWriters>
