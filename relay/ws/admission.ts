// Admission of new sockets: bursts pass, a storm is told to come back a little later. Nobody spends what belongs to others.
import { Refused } from '#protocol'
import { createBuckets } from '../rate-limits.ts'
import type { Clock } from '../clock.ts'

export type AdmissionSettings = { admissionBurst: number; admissionPerSecond: number; maxConnectionsPerUser: number }

/** Of one address: handshakes without a good token. Who has a good one is never asked for these. */
const strangers = { size: 60, perSecond: 10 }

export function createAdmission({ settings, clock }: { settings: AdmissionSettings; clock: Pick<Clock, 'now'> }) {
  const { admissionBurst, admissionPerSecond, maxConnectionsPerUser } = settings
  const take = createBuckets(clock)
  const everybody = { size: admissionBurst, perSecond: admissionPerSecond }
  /** A quarter of the line, and enough for all devices of one user to come back twice at once. */
  const oneUser = { size: Math.max(maxConnectionsPerUser * 2, admissionBurst / 4), perSecond: Math.max(maxConnectionsPerUser, admissionPerSecond / 4) }

  return {
    /** Whose token was found good. Their own bucket first: alone they cannot empty that of all. */
    user(userId: string): void {
      const own = take(`user ${userId}`, oneUser)
      if (own > 0) throw new Refused('RATE_LIMITED', 'too many sockets of one user at once', { retryAfterMs: own })
      const all = take('all', everybody)
      if (all > 0) throw new Refused('BUSY', 'too many sockets at once', { retryAfterMs: Math.max(1_000, all) })
    },
    stranger(address: string | null): void {
      const wait = take(`address ${address ?? ''}`, strangers)
      if (wait > 0) throw new Refused('RATE_LIMITED', 'too many sockets without a good token from this address', { retryAfterMs: wait })
    },
  }
}
