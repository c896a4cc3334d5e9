// How far one channel was read, and what to do with what comes: apply, ignore, or join again because of a gap. Pure state.
import type { Position, Subscribed } from '#protocol'

type Verdict = 'apply' | 'ignore' | 'gap'
type Joined = 'stale' | 'joined' | 'snapshot'

/** Joining again and again at one place means the log cannot close the gap: then only a snapshot helps. */
const STUCK_AFTER = 3

export type Subscription = ReturnType<typeof createSubscription>

export function createSubscription(start: { position: Position } | { history: number } | 'now') {
  let position: Position | null = typeof start === 'object' && 'position' in start ? start.position : null
  const history = typeof start === 'object' && 'history' in start ? start.history : null
  /** The one join whose answer counts. An older one may still be answered. */
  let join: string | null = null
  let delivering = false
  let top = 0
  let rejoins = 0

  return {
    /** What to send with `subscribe` under this id. Until it is answered nothing of the channel is taken: it is meant for an older join. */
    join(id: string): { position?: Position; history?: number } {
      join = id
      delivering = false
      if (position) return { position }
      return history === null ? {} : { history }
    },

    /** The answer to a join. `snapshot`: not subscribed, the log cannot go on from our position. */
    answered(id: string, answer: Subscribed): Joined {
      if (join !== id) return 'stale'
      join = null
      if (!answer.recovered || (position !== null && position.epoch !== answer.epoch) || rejoins > STUCK_AFTER) {
        rejoins = 0
        return 'snapshot'
      }
      position ??= { epoch: answer.epoch, seq: answer.from === null ? answer.seq : answer.from - 1 }
      top = answer.seq
      delivering = true
      return 'joined'
    },

    /** Judges a message by its seq, and moves the position when it is the next. Signals (no seq) pass while the channel delivers. */
    judge(seq: number | null | undefined): Verdict {
      if (!delivering || position === null) return 'ignore'
      if (seq === null || seq === undefined) return 'apply'
      if (seq <= position.seq) return 'ignore'
      if (seq > position.seq + 1) {
        delivering = false
        rejoins += 1
        return 'gap'
      }
      position = { epoch: position.epoch, seq }
      rejoins = 0
      return 'apply'
    },

    /** The socket is gone, or the join failed: whatever still speaks is old. */
    lost(): void {
      join = null
      delivering = false
    },

    /** Goes on elsewhere: after a snapshot, or at the top when null. */
    moveTo(next: Position | null): void {
      position = next
      join = null
      delivering = false
    },

    position: (): Position | null => position,
    isDelivering: (): boolean => delivering,
    isJoining: (id: string): boolean => join === id,
    /** Events that were there when we joined and have not come yet. */
    behind: (): number => (delivering && position !== null ? Math.max(0, top - position.seq) : 0),
  }
}
