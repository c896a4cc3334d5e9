// Who is in which channel, and where each one stands there.
import type { Lane } from './lane.ts'
import type { Member } from './member.ts'

/**
 * joining: not on the live topics yet, fed from the log · live: on them ·
 * lagging: taken off them because it reads too slowly, fed from the log until it has caught up.
 */
export type Membership = {
  readonly member: Member
  readonly lane: Lane
  deltas: boolean
  /** It is fed however much it misses. */
  readonly whole: boolean
  state: 'joining' | 'live' | 'lagging' | 'gone'
  /** Who feeds it from the log. A feeder that is not this one any more says nothing further. */
  feeder: object | null
  /** The last number it was sent while it is not live; null: it was live before anything was told, so the lane's floor. */
  sent: number | null
}

/** One connection with its channels. */
export type Attendance = {
  readonly member: Member
  /** One per channel. Few, so a list is looked through; replaced as a whole, so whoever goes through it may change it. */
  memberships: readonly Membership[]
  /** For how long it has taken nothing although more than enough waits for it. */
  stalledMs: number
  lastBufferedBytes: number
  /** Feeders that wait for the connection to take what it was sent. */
  waiting: readonly (() => void)[]
}

export type Memberships = {
  find(member: Member, channel: string): Membership | undefined
  attendance(member: Member): Attendance | undefined
  add(membership: Membership): void
  /** Marks it as gone and wakes its feeder, which then finds out. */
  remove(membership: Membership): void
  all(): Iterable<Attendance>
  size(): number
}

const nobody: readonly never[] = []

/** Its feeders look again at what the connection has taken. */
export function wake(attendance: Attendance): void {
  const { waiting } = attendance
  if (waiting.length === 0) return
  attendance.waiting = nobody
  for (const resume of waiting) resume()
}

export function createMemberships(onLeft: (lane: Lane) => void): Memberships {
  const attendances = new Map<Member, Attendance>()
  return {
    find: (member, channel) => attendances.get(member)?.memberships.find(({ lane }) => lane.channel === channel),
    attendance: (member) => attendances.get(member),
    add(membership) {
      const { member, lane } = membership
      let attendance = attendances.get(member)
      if (!attendance) {
        attendance = { member, memberships: nobody, stalledMs: 0, lastBufferedBytes: 0, waiting: nobody }
        attendances.set(member, attendance)
      }
      attendance.memberships = [...attendance.memberships.filter((each) => each.lane !== lane), membership]
      lane.members.add(membership)
    },
    remove(membership) {
      const { member, lane } = membership
      if (membership.state === 'gone') return
      membership.state = 'gone'
      membership.feeder = null
      lane.members.delete(membership)
      const attendance = attendances.get(member)
      if (attendance) {
        attendance.memberships = attendance.memberships.filter((each) => each !== membership)
        wake(attendance)
        if (attendance.memberships.length === 0) attendances.delete(member)
      }
      onLeft(lane)
    },
    all: () => attendances.values(),
    size: () => attendances.size,
  }
}
