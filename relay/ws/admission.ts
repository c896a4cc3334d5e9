// Admission of new sockets: bursts pass, a storm is told to come back a little later. Nobody spends what others need.
import { Refused } from '#protocol'
import { networkOf } from '../network-of.ts'
import { createBuckets } from '../rate-limits.ts'
import type { Clock } from '../clock.ts'

export type AdmissionSettings = { admissionBurst: number; admissionPerSecond: number }

/** Of one network: handshakes without a good token. Who has a good one is never asked for these. */
const strangers = { size: 60, perSecond: 10 }
/** After so long half of what a user has taken is forgotten. */
const halvedAfterMs = 5_000

export function createAdmission({ settings, clock }: { settings: AdmissionSettings; clock: Pick<Clock, 'now'> }) {
  const take = createBuckets(clock)
  const line = { size: settings.admissionBurst, perSecond: settings.admissionPerSecond }
  /** How much each user has taken lately. */
  const lately = new Map<string, number>()
  let halvedAt = clock.now()

  function forgetSome(): void {
    const times = Math.floor((clock.now() - halvedAt) / halvedAfterMs)
    if (times === 0) return
    // A clock that was set back counts from where it is.
    halvedAt = times > 0 ? halvedAt + times * halvedAfterMs : clock.now()
    for (const [userId, taken] of lately) {
      const left = taken / 2 ** Math.max(0, times)
      if (left < 1) lately.delete(userId)
      else lately.set(userId, left)
    }
  }

  return {
    /**
     * Whose token was found good. As much as somebody has taken lately must be left after them: however many want all of it,
     * each gets the same, and so does who comes next.
     */
    user(userId: string): void {
      forgetSome()
      const taken = lately.get(userId) ?? 0
      const wait = take('all', line, 1, taken)
      if (wait === 0) return void lately.set(userId, taken + 1)
      const all = take('all', line, 0, 1)
      if (all > 0) throw new Refused('BUSY', 'too many sockets at once', { retryAfterMs: Math.max(1_000, all) })
      throw new Refused('RATE_LIMITED', 'too many sockets of one user at once', { retryAfterMs: Math.min(wait, halvedAfterMs) })
    },
    stranger(address: string | null): void {
      const wait = take(`network ${networkOf(address)}`, strangers)
      if (wait > 0) throw new Refused('RATE_LIMITED', 'too many sockets without a good token from this address', { retryAfterMs: wait })
    },
  }
}
