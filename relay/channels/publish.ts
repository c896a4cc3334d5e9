// Commit, then tell: the one way an event takes, and the ways of what passes without being kept.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { CommitResult, NewEvent, Position, Storage } from '../storage/storage.ts'
import type { Channels, OutEvent } from './channels.ts'
import type { EventMessage } from './delivery/message.ts'
import type { Slot } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { BlockEnd, OpenBlocks } from './open-blocks.ts'

export type Publish = Pick<Channels, 'publish' | 'signal' | 'delta'> & {
  /** Resolves when no commit is under way and all of them are told. */
  settled(): Promise<void>
}

type Dependencies = {
  storage: Pick<Storage, 'commit'>
  lanes: Lanes
  blocks: OpenBlocks
  clock: Clock
  log: Log
  metrics?: Pick<Metrics, 'add'>
}

/** The block that an event completes, if it does. */
function endOf({ channel, type, data }: OutEvent): BlockEnd | null {
  if (type !== 'claude_response' && type !== 'thinking') return null
  const { message_id: messageId, completed } = data as { message_id?: unknown; completed?: unknown }
  return typeof messageId === 'string' && completed !== false ? { channel, messageId } : null
}

export function createPublish({ storage, lanes, blocks, clock, log, metrics }: Dependencies): Publish {
  const underWay = new Set<Promise<CommitResult>>()

  function reserve(events: NewEvent[]): Map<string, Slot> {
    const slots = new Map<string, Slot>()
    for (const { channel, task } of events) {
      if (!slots.has(channel)) slots.set(channel, lanes.get(channel).reserve())
      if (task && !slots.has(`task:${task}`)) slots.set(`task:${task}`, lanes.get(`task:${task}`).reserve())
    }
    return slots
  }

  function settle(slots: Map<string, Slot>, told: Map<string, EventMessage[]>): void {
    for (const [channel, slot] of slots) lanes.get(channel).settle(slot, told.get(channel) ?? [])
  }

  /** The messages of a commit by channel, the home channels and those of their executions. */
  function messagesOf(events: NewEvent[], positions: Position[], ends: (BlockEnd | null)[]): Map<string, EventMessage[]> {
    const told = new Map<string, EventMessage[]>()
    const add = (channel: string, seq: number, { type, data, timestamp }: NewEvent, completes: string | null) => {
      const message: EventMessage = { kind: 'event', event: { channel, seq, type, data, timestamp }, completes }
      const before = told.get(channel)
      if (before) before.push(message)
      else told.set(channel, [message])
    }
    for (const [index, event] of events.entries()) {
      const { seq, taskSeq } = positions[index]!
      const completes = ends[index]?.messageId ?? null
      add(event.channel, seq, event, completes)
      if (event.task && taskSeq !== null) add(`task:${event.task}`, taskSeq, event, completes)
    }
    return told
  }

  const publish: Channels['publish'] = async ({ statements = [], events, answer, committed }) => {
    const kept = events.map(({ channel, type, data, task, timestamp }) => ({
      channel,
      type,
      data: JSON.stringify(data),
      timestamp: timestamp ?? clock.now(),
      task: task ?? null,
    }))
    const ends = events.map(endOf)
    const blockEnds = ends.filter((end) => end !== null)
    // Behind the caller's statements, so that a refusal names the caller's index.
    const batch = { statements: [...statements, ...blocks.closing(blockEnds)], events: kept, answer }
    const slots = reserve(kept)
    const undo = () => {
      blocks.reopen(blockEnds)
      settle(slots, new Map())
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
    settle(slots, messagesOf(kept, result.positions, ends))
    return result
  }

  return {
    publish(publication) {
      const outcome = publish(publication)
      underWay.add(outcome)
      const done = () => void underWay.delete(outcome)
      outcome.then(done, done)
      return outcome
    },
    signal(channel, type, data, { latestKey, task } = {}) {
      const targets = [lanes.find(channel), task === undefined ? undefined : lanes.find(`task:${task}`)]
      metrics?.add('ensemble_signals_total')
      if (targets.every((lane) => lane === undefined)) return
      const text = JSON.stringify(data)
      const timestamp = clock.now()
      const key = latestKey === undefined ? null : `${type} ${latestKey}`
      for (const lane of targets) {
        lane?.pass({ kind: 'signal', channel: lane.channel, type, data: text, timestamp, latestKey: key })
      }
    },
    delta(channel, delta) {
      metrics?.add('ensemble_deltas_total')
      const grown = blocks.append(channel, delta)
      if (!grown) return
      const { block, offset, piece } = grown
      const { type, messageId, head, task } = block
      const timestamp = clock.now()
      for (const lane of [lanes.find(channel), lanes.find(`task:${task}`)]) {
        lane?.pass({ kind: 'delta', channel: lane.channel, type, block: messageId, head, offset, piece, timestamp })
      }
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled([...underWay])
    },
  }
}
