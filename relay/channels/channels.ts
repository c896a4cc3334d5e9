// DOOR of the channels: publish (keep, then tell), signal, join, leave. The only place where events reach people.
import type { Clock } from '../clock.ts'
import type { Events } from '../events/events.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { CommitResult, Storage } from '../storage/storage.ts'
import { createAudience } from './audience.ts'
import type { PartialBlock } from './block.ts'
import { createFeed } from './feed.ts'
import { createFindStart, type JoinInfo, type Want } from './join.ts'
import { createLagging } from './lagging.ts'
import { createLanes } from './lanes.ts'
import { createListen } from './listen.ts'
import { createLogPages } from './log-pages.ts'
import { type ChannelLimits, defaultLimits } from './limits.ts'
import type { Broadcaster, Member } from './member.ts'
import { createMemberships, type Membership } from './memberships.ts'
import { createOpenBlocks } from './open-blocks.ts'
import { createPass, type Pass } from './pass.ts'
import type { Publication } from './publication.ts'
import { createPublish } from './publish.ts'

export type { Broadcaster, Member } from './member.ts'
export { commitOrRefuse, type Part } from './commit-or-refuse.ts'
export type { JoinInfo, Want } from './join.ts'
export type { Listening } from './listen.ts'
export type { ChannelLimits } from './limits.ts'
export type { SessionPresence } from './presence.ts'
export type { BlockData, BlockType, Delta, PartialBlock } from './block.ts'
export type { OutEvent, Publication } from './publication.ts'

export type Channels = Pass & {
  /** Keeps the batch, then tells its events. Rejects with a StorageError, and then nothing was kept or told. */
  publish(publication: Publication): Promise<CommitResult>
  /**
   * Answers exactly once (unless the connection goes or this rejects), then sends what is missing, then is live.
   * `whole`: it is sent all that is missing, however much. Resolves when the member is live there, was refused, or this join was overtaken by leaving or by joining again.
   */
  join(member: Member, channel: string, want: Want, answer: (info: JoinInfo) => void, options?: { deltas?: boolean; whole?: boolean }): Promise<void>
  /** For readers that are no sockets. */
  listen: ReturnType<typeof createListen>
  /** Live at once, nothing replayed. No effect on a member that is already in the channel. */
  follow(member: Member, channel: string, options?: { deltas?: boolean }): void
  setDeltas(member: Member, channel: string, on: boolean): void
  leave(member: Member, channel: string): void
  /** The connection is closed. */
  forget(member: Member): void
  /** The connection has taken some of what waited for it. */
  drained(member: Member): void
  isMember(member: Member, channel: string): boolean
  /** The channels that a member is in. */
  channelsOf(member: Member): string[]
  openBlocks: {
    /** Rows left by a crash, for the boot; publishing the completing event removes the row. */
    recover(): Promise<PartialBlock[]>
    /** What the open blocks of a session or `task:` channel hold now. */
    partial(channel: string): PartialBlock[]
  }
  counts(): { members: number; lanes: number }
  /** Tells what is under way, writes what is open, stops every timer. */
  stop(): Promise<void>
}

export type ChannelsDependencies = {
  storage: Storage
  events: Events
  clock: Clock
  log: Log
  broadcaster: Broadcaster
  /** Counts events, signals, deltas, failed commits, readers that come back and slow ones that were closed; measures the way to the sockets. */
  metrics?: Pick<Metrics, 'add' | 'histogram'>
  limits?: Partial<ChannelLimits>
}

export function createChannels(dependencies: ChannelsDependencies): Channels {
  const { storage, events, clock, log, metrics, limits: some } = dependencies
  const audience = createAudience(dependencies.broadcaster)
  const limits = { ...defaultLimits, ...some }
  const { blockWriteMs: writeMs, blockWriteLength: writeLength } = limits
  const fanout = metrics?.histogram('ensemble_fanout_seconds')
  const onHandedOver = (ms: number) => fanout?.observe(ms / 1_000)
  const blocks = createOpenBlocks({ storage, clock, log, writeMs, writeLength })
  const lanes = createLanes({ events, blocks, clock, broadcaster: audience, limits, onHandedOver, onVolume: (lane) => lagging.look(lane) })
  const memberships = createMemberships((lane) => lanes.release(lane))
  const pages = createLogPages({ events, clock, limits })
  const feed = createFeed({ pages, blocks, memberships, clock, log, limits })
  const findStart = createFindStart({ events, pages, limits })
  const lagging = createLagging({ memberships, feed, clock, log, metrics, limits })
  const publishing = createPublish({ storage, lanes, blocks, clock, log, metrics })

  /** Takes the place of an earlier membership of the same member, which ends here. */
  function enter(member: Member, channel: string, { deltas = true, whole = false }: { deltas?: boolean; whole?: boolean }, feeder: object | null): Membership {
    const earlier = memberships.find(member, channel)
    const membership: Membership = { member, lane: lanes.get(channel), deltas, whole, state: 'joining', feeder, sent: null }
    memberships.add(membership)
    if (earlier) remove(earlier)
    return membership
  }

  function remove(membership: Membership): void {
    if (membership.state === 'live') feed.goOff(membership)
    memberships.remove(membership)
  }

  const channels: Channels = {
    publish: publishing.publish,
    ...createPass({ lanes, blocks, clock, metrics }),
    async join(member, channel, want, answer, options = {}) {
      const feeder = {}
      const membership = enter(member, channel, options, feeder)
      const { epoch } = events
      let start
      try {
        start = await findStart(membership.lane, want, membership.whole)
      } catch (problem) {
        remove(membership)
        throw problem
      }
      const { after, top: seq } = start
      if (membership.feeder !== feeder) {
        // Left or joined again meanwhile: nothing follows from here, but the request still gets its answer.
        return answer({ channel, epoch, seq, from: null, recovered: true })
      }
      if (want.position) metrics?.add('ensemble_resumes_total', 1, { outcome: after === null ? 'reload' : 'replayed' })
      if (after === null) {
        remove(membership)
        return answer({ channel, epoch, seq, from: null, recovered: false })
      }
      membership.sent = after
      answer({ channel, epoch, seq, from: after < seq ? after + 1 : null, recovered: true })
      await feed.run(membership, feeder)
    },
    listen: (channel, from, reader) => listen(channel, from, reader),
    follow(member, channel, options = {}) {
      if (memberships.find(member, channel)) return
      feed.goLive(enter(member, channel, options, null))
    },
    setDeltas(member, channel, on) {
      const membership = memberships.find(member, channel)
      if (!membership || membership.deltas === on) return
      const live = membership.state === 'live'
      if (live) feed.goOff(membership)
      membership.deltas = on
      // What gathered was sent on the way off; that may have been the end of a connection that does not read.
      if (live && memberships.find(member, channel) === membership) feed.goLive(membership)
    },
    leave(member, channel) {
      const membership = memberships.find(member, channel)
      if (membership) remove(membership)
    },
    forget(member) {
      // Its topics went with the socket.
      for (const membership of memberships.attendance(member)?.memberships ?? []) memberships.remove(membership)
    },
    drained(member) {
      const attendance = memberships.attendance(member)
      if (attendance) lagging.drained(attendance)
    },
    isMember: (member, channel) => memberships.find(member, channel) !== undefined,
    channelsOf: (member) => (memberships.attendance(member)?.memberships ?? []).map(({ lane }) => lane.channel),
    openBlocks: { recover: blocks.recover, partial: blocks.partial },
    counts: () => ({ members: memberships.size(), lanes: lanes.size() }),
    async stop() {
      await publishing.settled()
      lagging.stop()
      pages.stop()
      for (const lane of lanes.all()) lane.coalescer.stop()
      await blocks.stop()
    },
  }
  const listen = createListen({ channels, audience, epoch: events.epoch, log })
  return channels
}
