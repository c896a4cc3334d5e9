// The lanes that are in use. A lane is made when a channel is published to or joined, and let go of when it is idle.
import type { Clock } from '../clock.ts'
import type { Events } from '../events/events.ts'
import { createCoalescer } from './delivery/coalescer.ts'
import type { Message } from './delivery/message.ts'
import { createLane, type Lane } from './lane.ts'
import type { ChannelLimits } from './limits.ts'
import type { Broadcaster } from './member.ts'
import type { OpenBlocks } from './open-blocks.ts'

export type Lanes = {
  get(channel: string): Lane
  find(channel: string): Lane | undefined
  /** Lets go of the lane if nobody needs it. */
  release(lane: Lane): void
  all(): Iterable<Lane>
  size(): number
}

type Dependencies = {
  events: Pick<Events, 'top'>
  blocks: Pick<OpenBlocks, 'of'>
  clock: Clock
  broadcaster: Broadcaster
  limits: Pick<ChannelLimits, 'windowMs' | 'volumeBytes'>
  /** One message was handed to its sockets, so many milliseconds after it was published. */
  onHandedOver: (ms: number) => void
  /** So much was published to the lane's readers that slow ones should be looked for. */
  onVolume: (lane: Lane) => void
}

export function createLanes({ events, blocks, clock, broadcaster, limits, onHandedOver, onVolume }: Dependencies): Lanes {
  const lanes = new Map<string, Lane>()

  function release(lane: Lane): void {
    if (lane.members.size > 0 || !lane.settled() || !lane.coalescer.quiet()) return
    if (lanes.get(lane.channel) === lane) lanes.delete(lane.channel)
  }

  function make(channel: string): Lane {
    const { windowMs } = limits
    let volume = 0
    const onPublished = (messages: readonly Message[], length: number) => {
      const now = clock.elapsed()
      for (const { publishedAt } of messages) onHandedOver(now - publishedAt)
      volume += length
      if (volume < limits.volumeBytes) return
      volume = 0
      onVolume(lane)
    }
    const coalescer = createCoalescer({ channel, clock, broadcaster, windowMs, onPublished, onQuiet: () => release(lane) })
    // Without a lane nothing was under way, so all text there is counts as told.
    const shown = new Map(blocks.of(channel).map((block) => [block.messageId, block.text.length]))
    const lane: Lane = createLane({
      channel,
      coalescer,
      topOfLog: () => events.top(channel),
      shown,
      onSettled: () => release(lane),
    })
    lanes.set(channel, lane)
    return lane
  }

  return {
    get: (channel) => lanes.get(channel) ?? make(channel),
    find: (channel) => lanes.get(channel),
    release,
    all: () => lanes.values(),
    size: () => lanes.size,
  }
}
