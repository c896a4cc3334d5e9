// Brings a reader from where it stands to the live topics: pages of the log until nothing is missing, then over in one tick.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { framesFor } from './delivery/frames.ts'
import { textOf } from './delivery/message.ts'
import type { ChannelLimits } from './limits.ts'
import type { LogPages } from './log-pages.ts'
import type { Member } from './member.ts'
import type { Membership, Memberships } from './memberships.ts'
import type { OpenBlocks } from './open-blocks.ts'

export type Feed = {
  /** Feeds until the reader is live or somebody else took over. Ends the connection where no honest continuation exists. */
  run(membership: Membership, feeder: object): Promise<void>
  /** Onto the live topics, now: the reader has had everything that was told. */
  goLive(membership: Membership): void
  /** Off the live topics, now; what was told up to here has been sent. */
  goOff(membership: Membership): void
  /** Closes the connection with 1013 after taking it out of everything: a socket that is closing can take long to go. */
  end(member: Member, reason: string): void
}

type Dependencies = {
  pages: LogPages
  blocks: Pick<OpenBlocks, 'of'>
  memberships: Memberships
  clock: Clock
  log: Log
  limits: ChannelLimits
}

export function createFeed({ pages, blocks, memberships, clock, log, limits }: Dependencies): Feed {
  function send(membership: Membership, frames: readonly string[]): void {
    for (const frame of frames) {
      // A frame that goes over the socket's own limit ends it at once, and its memberships with it.
      if (membership.state === 'gone') return
      membership.member.send(frame)
    }
  }

  /** The open blocks from their beginning, as far as they were told. */
  function sendBlocks(membership: Membership): void {
    const { lane } = membership
    const texts: string[] = []
    for (const { messageId, type, head, text } of blocks.of(lane.channel)) {
      // Text behind an untold commit will come as a delta of its own, and must not come twice.
      const piece = text.slice(0, lane.shown.get(messageId) ?? 0)
      if (piece === '') continue
      const timestamp = clock.now()
      texts.push(textOf({ kind: 'delta', channel: lane.channel, type, block: messageId, head, offset: 0, piece, timestamp, publishedAt: 0 }))
    }
    send(membership, framesFor(membership.member.kind, texts))
  }

  function goLive(membership: Membership): void {
    const { member, lane, deltas } = membership
    // What still gathers was counted as told: it goes to those who are on the topics already.
    lane.coalescer.flush()
    if (membership.state === 'gone') return
    membership.state = 'live'
    membership.feeder = null
    membership.sent = null
    member.subscribe(lane.coalescer.topic(member.kind, deltas))
    if (deltas) sendBlocks(membership)
  }

  function goOff(membership: Membership): void {
    const { member, lane, deltas } = membership
    lane.coalescer.flush()
    member.unsubscribe(lane.coalescer.topic(member.kind, deltas))
    membership.sent = lane.told()
  }

  /** It has taken nearly all that it was sent: what its kernel holds lasts until the next page. */
  const hasRoom = (member: Member) => member.bufferedBytes() <= limits.slowBytes / 4

  /** Resolves when there is room, or the reader is gone. */
  async function room(membership: Membership, feeder: object): Promise<void> {
    const attendance = memberships.attendance(membership.member)
    while (attendance && membership.feeder === feeder && !hasRoom(membership.member)) {
      await new Promise<void>((resolve) => void (attendance.waiting = [...attendance.waiting, resolve]))
    }
  }

  /** One page; `live` when nothing was missing any more, `broken` when the log does not continue where the reader stands. */
  async function step(membership: Membership, feeder: object): Promise<'more' | 'live' | 'over' | 'broken'> {
    const { lane } = membership
    await room(membership, feeder)
    const position = await lane.position()
    if (membership.feeder !== feeder) return 'over'
    membership.sent ??= lane.floor() ?? position
    const sent = membership.sent
    const told = lane.told() ?? position
    if (sent >= told) {
      goLive(membership)
      return 'live'
    }
    if (!membership.whole && told - sent > limits.maxMissedEvents) return 'broken'
    const page = await pages.after(lane.channel, membership.member.kind, sent, told)
    if (membership.feeder !== feeder) return 'over'
    if (page === null || page.first !== sent + 1) return 'broken'
    // A page of another channel was faster: one at a time, or a connection in many channels gets more than it may hold.
    if (!hasRoom(membership.member)) return 'more'
    membership.sent = page.last
    send(membership, page.frames)
    return 'more'
  }

  function end(member: Member, reason: string): void {
    for (const membership of memberships.attendance(member)?.memberships ?? []) {
      if (membership.state === 'live') goOff(membership)
      memberships.remove(membership)
    }
    member.close(1013, reason)
  }

  return {
    goLive,
    goOff,
    end,
    async run(membership, feeder) {
      const { member, lane } = membership
      try {
        let outcome = await step(membership, feeder)
        while (outcome === 'more') outcome = await step(membership, feeder)
        if (outcome === 'broken') end(member, 'come back by position')
      } catch (problem) {
        if (membership.feeder !== feeder) return
        log.error('channels.replay_failed', { channel: lane.channel, member: member.id, problem })
        end(member, 'come back by position')
      }
    },
  }
}
