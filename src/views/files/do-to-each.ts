// The same deed to many files: a few at a time and no faster than the relay lets one person be; all others when one is refused.
import type { Clock } from '../../clock.ts'

type Trouble = { code: string; details?: unknown; retryAfterMs?: number | null }
type Done = { ok: true } | { ok: false; trouble: Trouble }
type How = {
  clock: Pick<Clock, 'setTimer'>
  /** What the relay lets one person change; so many more it takes at once. */
  perSecond: number
  /** After each, with how many are through. */
  progress?: (through: number) => void
}

/** Of a relay that has not said. */
const PER_SECOND = 30
const AT_ONCE = 3
/** The rest is for whatever else this person does meanwhile. */
const SHARE = 0.8
/** Somebody else may need the same room of the relay: not for ever. */
const MOST_TRIES = 20

export const perSecondOf = (connected: { limits: { messages_per_second: number } } | null): number => connected?.limits.messages_per_second ?? PER_SECOND

/** Resolves when each was done or refused; `trouble`: the first refusal. */
export async function doToEach<T>(things: readonly T[], deed: (thing: T) => Promise<Done>, { clock, perSecond, progress }: How): Promise<{ refused: number; trouble: Trouble | null }> {
  const line = things.values()
  const refusals: Trouble[] = []
  const paceMs = things.length > perSecond ? (AT_ONCE * 1_000) / (perSecond * SHARE) : 0
  let through = 0

  const pause = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, ms))

  async function untilSaid(thing: T): Promise<Done> {
    for (let tries = 1; ; tries += 1) {
      const done = await deed(thing)
      const retryMs = done.ok ? null : (done.trouble.retryAfterMs ?? null)
      if (retryMs === null || tries === MOST_TRIES) return done
      await pause(retryMs)
    }
  }

  async function work(): Promise<void> {
    for (const thing of line) {
      const done = await untilSaid(thing)
      if (!done.ok) refusals.push(done.trouble)
      through += 1
      progress?.(through)
      if (paceMs > 0) await pause(paceMs)
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { refused: refusals.length, trouble: refusals[0] ?? null }
}
