// Waiting for something, but not for ever: what comes later than that comes all the same.
import type { Clock } from '../clock.ts'

/** Resolves when the work or the time is over; rejects like the work, if that is sooner. */
export async function within(clock: Pick<Clock, 'setTimer'>, ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = clock.setTimer(late.resolve, ms)
  await Promise.race([work, late.promise]).finally(timer.cancel)
}
