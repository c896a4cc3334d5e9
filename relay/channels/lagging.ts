// Watches what readers leave unread: slow ones come off the live topics, those that take nothing at all are closed.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Feed } from './feed.ts'
import type { Lane } from './lane.ts'
import type { ChannelLimits } from './limits.ts'
import { type Attendance, type Memberships, wake } from './memberships.ts'

export type Lagging = {
  /** A lot was published in this lane: its readers are looked at in this tick, a burst does not wait for the scan. */
  look(lane: Lane): void
  /** The connection has taken some of what it was sent. */
  drained(attendance: Attendance): void
  stop(): void
}

type Dependencies = { memberships: Memberships; feed: Feed; clock: Clock; log: Log; metrics?: Pick<Metrics, 'add'>; limits: ChannelLimits }

export function createLagging({ memberships, feed, clock, log, metrics, limits }: Dependencies): Lagging {
  function leaveLiveTopics(attendance: Attendance): void {
    for (const membership of attendance.memberships) {
      if (membership.state !== 'live') continue
      feed.goOff(membership)
      membership.state = 'lagging'
      const feeder = {}
      membership.feeder = feeder
      void feed.run(membership, feeder)
    }
  }

  function close({ member }: Attendance, reason: string, bufferedBytes: number): void {
    metrics?.add('ensemble_slow_readers_closed_total')
    log.warn('channels.slow_reader_closed', { member: member.id, reason, buffered_bytes: bufferedBytes })
    feed.end(member, 'too slow')
  }

  /** Whoever takes something, however little, is slow; whoever takes nothing for half a minute is gone. */
  function check(attendance: Attendance, sinceLastMs: number): void {
    const bufferedBytes = attendance.member.bufferedBytes()
    const stalled = bufferedBytes > 0 && bufferedBytes >= attendance.lastBufferedBytes
    attendance.lastBufferedBytes = bufferedBytes
    // Counted in scans: by the clock, a relay that was stopped for a minute would close everybody when it goes on.
    attendance.stalledMs = stalled ? attendance.stalledMs + sinceLastMs : 0
    if (bufferedBytes > limits.maxBufferedBytes) return close(attendance, 'too much unread', bufferedBytes)
    if (attendance.stalledMs >= limits.maxStalledMs) return close(attendance, 'takes nothing', bufferedBytes)
    if (bufferedBytes > limits.slowBytes) leaveLiveTopics(attendance)
    wake(attendance)
  }

  const scan = clock.every(() => {
    for (const attendance of [...memberships.all()]) check(attendance, limits.scanMs)
  }, limits.scanMs)

  const looking = new Set<Lane>()

  return {
    look(lane) {
      if (looking.has(lane)) return
      looking.add(lane)
      // Not at once: this comes out of a flush, in the middle of somebody's joining or leaving.
      queueMicrotask(() => {
        looking.delete(lane)
        for (const { member } of [...lane.members]) {
          const attendance = memberships.attendance(member)
          if (attendance && member.bufferedBytes() > limits.slowBytes) check(attendance, 0)
        }
      })
    },
    drained(attendance) {
      attendance.stalledMs = 0
      attendance.lastBufferedBytes = attendance.member.bufferedBytes()
      wake(attendance)
    },
    stop: () => scan.cancel(),
  }
}
