// Commit, then tell: the one way an event takes.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { CommitResult, NewEvent, Position, Storage } from '../storage/storage.ts'
import type { BlockEnd } from './block.ts'
import type { EventMessage } from './delivery/message.ts'
import type { Slot } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { blockEndOf, type OpenBlocks } from './open-blocks.ts'
import type { Publication } from './publication.ts'

type Dependencies = { storage: Pick<Storage, 'commit'>; lanes: Lanes; blocks: OpenBlocks; clock: Clock; log: Log; metrics?: Pick<Metrics, 'add'> }

/** The channels that an event is told in: its home, and that of its execution. */
const channelsOf = ({ channel, task }: NewEvent) => (task ? [channel, `task:${task}`] : [channel])

/** What a channel hears of a commit, in the order of its numbers there. */
function messagesIn(channel: string, events: NewEvent[], positions: Position[], ends: (BlockEnd | null)[], publishedAt: number): EventMessage[] {
  return events.flatMap((event, index) => {
    if (!channelsOf(event).includes(channel)) return []
    const { type, data, timestamp } = event
    const { seq, taskSeq } = positions[index]!
    const number = channel === event.channel ? seq : taskSeq!
    return { kind: 'event' as const, event: { channel, seq: number, type, data, timestamp }, completes: ends[index]?.messageId ?? null, publishedAt }
  })
}

export function createPublish({ storage, lanes, blocks, clock, log, metrics }: Dependencies) {
  const underWay = new Set<Promise<CommitResult>>()

  /** A place in the lane of each channel, in the order in which commits are submitted. */
  function reserve(events: NewEvent[]): Map<string, Slot> {
    const slots = new Map<string, Slot>()
    for (const channel of new Set(events.flatMap(channelsOf))) slots.set(channel, lanes.get(channel).reserve())
    return slots
  }

  async function commitThenTell({ statements = [], events, answer, committed }: Publication): Promise<CommitResult> {
    const [now, publishedAt] = [clock.now(), clock.elapsed()]
    const kept = events.map(({ channel, type, data, task = null, timestamp = now }) => ({ channel, type, data: JSON.stringify(data), timestamp, task }))
    const ends = events.map(blockEndOf)
    const blockEnds = ends.filter((end) => end !== null)
    // Behind the caller's statements, so that a refusal names the caller's index.
    const batch = { statements: [...statements, ...blocks.closing(blockEnds)], events: kept, answer }
    const slots = reserve(kept)
    /** Of a commit that was not made nothing is told, and what comes after it goes on. */
    const undo = () => {
      blocks.reopen(blockEnds)
      for (const [channel, slot] of slots) lanes.get(channel).settle(slot, [])
    }
    let result: CommitResult
    try {
      result = await storage.commit(batch)
    } catch (problem) {
      metrics?.add('ensemble_failed_commits_total')
      undo()
      throw problem
    }
    if (result.outcome !== 'committed') {
      undo()
      return result
    }
    try {
      committed?.(result)
    } catch (problem) {
      // The commit stands; a mistake of whoever wanted to know first must not keep it from everybody else.
      log.error('channels.committed_callback_failed', { problem })
    }
    blocks.closed(blockEnds)
    metrics?.add('ensemble_events_total', kept.length)
    for (const [channel, slot] of slots) lanes.get(channel).settle(slot, messagesIn(channel, kept, result.positions, ends, publishedAt))
    return result
  }

  return {
    /** Rejects with a StorageError, and then nothing was kept or told. */
    publish(publication: Publication): Promise<CommitResult> {
      const outcome = commitThenTell(publication)
      underWay.add(outcome)
      const done = () => void underWay.delete(outcome)
      outcome.then(done, done)
      return outcome
    },
    /** Resolves when no commit is under way and all of them are told. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled([...underWay])
    },
  }
}
