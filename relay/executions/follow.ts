// Followers of one execution hear all that it has told from where they stand, then what it tells, up to its end; as long as they may.
import { Refused, rest, type FollowReset, type Reached, type Task } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Timer } from '../clock.ts'
import type { Dependencies } from './dependencies.ts'
import { hasEnded } from './execution-state.ts'
import type { ShownExecutions } from './shown-executions.ts'

/** A message as on any socket. What is not kept has no id: a delta, or the word that another log begins. */
export type Followed = { type: string; id: string | null; text: string }

/** over: the final `task` was told · signed out, not visible: it may not be followed any more · behind: come back by position. */
export type FollowEnd = 'over' | 'signed out' | 'not visible' | 'behind'

export type Follower = {
  /** What carries it. */
  over: 'sse' | 'socket'
  take(message: Followed): void
  bufferedBytes(): number
  /** Nothing may have come for a while: called every few seconds. */
  idle?(): void
  /** Last of all, once. */
  end(why: FollowEnd): void
}

export type Following = {
  /** The follower has handed on some of what it was given. */
  drained(): void
  /** The same person with a fresh token. */
  renewed(who: Identity): void
  /** It wants no more, and `end` is not called; or what carried it after its end is gone, too. Until then it counts. */
  stop(): void
}

type Kept = { over: Follower['over']; who: Identity; sessionId: string; end(why: FollowEnd): void; idle(): void }

const beatMs = 5_000
/** Who cannot be judged yet keeps nobody waiting but themselves, up to so many. */
const reviewsAtOnce = 32
/** Whoever has more scripts than this under one name makes more names. */
const maxPerUser = 100

const headOf = /^\{"type":"(\w+)","channel":"[^"]*"(?:,"seq":(\d+))?,/

const notFound = () => new Refused('NOT_FOUND', 'not found')

type Parts = Pick<Dependencies, 'auth' | 'channels' | 'clock' | 'log' | 'sessions' | 'storage'>

export function createFollow({ auth, channels, clock, log, sessions, storage }: Parts, { readable }: Pick<ShownExecutions, 'readable'>) {
  const followers = new Set<Kept>()
  /** Also those that were ended: as long as nobody takes what they were told, a connection is held. */
  const carried = new Set<Kept>()
  let beating: Timer | null = null

  /** Their rights may have changed: who may no longer read is sent away. Who cannot be judged now comes back, and is judged then. */
  async function review(concerned: (kept: Kept) => boolean): Promise<void> {
    const line = [...followers].filter(concerned).values()
    const take = async () => {
      for (const kept of line) await reviewOne(kept)
    }
    await Promise.all(Array.from({ length: reviewsAtOnce }, take))
  }
  async function reviewOne(kept: Kept): Promise<void> {
    try {
      await auth.may(await auth.recheck(kept.who), 'read', kept.sessionId)
    } catch (problem) {
      if (!(problem instanceof Refused)) log.error('executions.follower_not_reviewed', { problem })
      kept.end(!(problem instanceof Refused) ? 'behind' : problem.code === 'UNAUTHORIZED' ? 'signed out' : 'not visible')
    }
  }
  auth.watch((userIds) => void review(({ who }) => userIds === null || userIds.includes(who.userId)))
  sessions.onAccessLost(({ sessionId, userIds }) => void review((kept) => kept.sessionId === sessionId && (userIds === null || userIds.includes(kept.who.userId))))

  function beat(): void {
    void review(({ who }) => clock.now() >= who.expiresAt)
    for (const kept of followers) kept.idle()
  }
  function add(kept: Kept): void {
    followers.add(kept)
    carried.add(kept)
    beating ??= clock.every(beat, beatMs)
  }
  function remove(kept: Kept): void {
    followers.delete(kept)
    if (followers.size > 0) return
    beating?.cancel()
    beating = null
  }

  /** What was told by another log does not count: whoever has that begins anew. */
  const isOfAnotherLog = ({ epoch }: Reached) => epoch !== null && epoch !== storage.epoch

  /** Refuses who may not read it, a position that it has not come to, and one follower too many. */
  async function look(who: Identity, executionId: string, reached: Reached): Promise<{ sessionId: string; deltas: boolean; isOver: boolean; after: number }> {
    const after = isOfAnotherLog(reached) ? 0 : reached.seq
    // A share link shows a session, not who has what done in it.
    if (who.kind === 'link') throw notFound()
    const { sessionId, withoutDeltas } = await readable(who, executionId)
    if ([...carried].filter((each) => each.who.userId === who.userId).length >= maxPerUser) throw new Refused('RATE_LIMITED', 'too many followers of one user', { retryAfterMs: 5_000 })
    const sql = "SELECT type, task_seq AS seq, data FROM events WHERE task = ? AND (type = 'task' OR task_seq = (SELECT MAX(task_seq) FROM events WHERE task = ?)) ORDER BY task_seq"
    const told = await storage.query<{ type: string; seq: number; data: string }>(sql, [executionId, executionId])
    const top = Number(told.at(-1)?.seq ?? 0)
    if (after > top) throw new Refused('CONFLICT', `this execution has told ${top} events so far`, { details: { top } })
    const final = told.findLast(({ type, data }) => type === 'task' && hasEnded(JSON.parse(data) as Task))
    return { sessionId, deltas: !withoutDeltas, isOver: final !== undefined && after >= Number(final.seq), after }
  }

  return {
    followers: (): Record<Follower['over'], number> => {
      const sse = [...carried].filter(({ over }) => over === 'sse').length
      return { sse, socket: carried.size - sse }
    },
    /** Whether there is nothing to follow after this; refuses as `follow` does. */
    async isTold(who: Identity, executionId: string, reached: Reached): Promise<boolean> {
      return (await look(who, executionId, reached)).isOver
    },
    async follow(who: Identity, executionId: string, reached: Reached, follower: Follower): Promise<Following> {
      const { sessionId, deltas, isOver, after } = await look(who, executionId, reached)
      const { epoch } = storage
      /** The final `task` was given. */
      let isTold = false
      let isDone = false
      const done = () => {
        isDone = true
        remove(kept)
        listening.stop()
      }
      const kept: Kept = {
        over: follower.over,
        who,
        sessionId,
        end(why) {
          if (isDone) return
          done()
          follower.end(why)
        },
        idle: () => follower.idle?.(),
      }
      function take(text: string): void {
        if (isTold) return
        const [, type = '', seq] = headOf.exec(text) ?? []
        follower.take({ type, id: seq === undefined ? null : rest.eventIdOf({ epoch, seq: Number(seq) }), text })
        if (type !== 'task' || !hasEnded((JSON.parse(text) as { data: Task }).data)) return
        isTold = true
        // Not in the middle of what is being told.
        queueMicrotask(() => kept.end('over'))
      }
      add(kept)
      if (isOfAnotherLog(reached)) {
        const reset: FollowReset = { type: 'reset', channel: `task:${executionId}`, data: { reason: 'epoch', epoch }, timestamp: clock.now() }
        follower.take({ type: reset.type, id: null, text: JSON.stringify(reset) })
      }
      const listening = channels.listen(`task:${executionId}`, { after, deltas }, { take, bufferedBytes: () => follower.bufferedBytes(), closed: () => kept.end('behind') })
      if (isOver) kept.end('over')
      return {
        drained: listening.drained,
        renewed: (fresh) => void (kept.who = fresh),
        stop() {
          carried.delete(kept)
          if (!isDone) done()
        },
      }
    },
  }
}
