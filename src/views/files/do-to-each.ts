// The same deed to many files: a few at a time, each again when the relay says that it was too fast, and all others when one is refused.
import type { Clock } from '../../clock.ts'

type Trouble = { code: string; details?: unknown; retryAfterMs?: number | null }
type Done = { ok: true } | { ok: false; trouble: Trouble }

const AT_ONCE = 3
/** Somebody else may need the same room of the relay: not for ever. */
const MOST_TRIES = 20

/** Resolves when each was done or refused; `trouble`: the first refusal. `progress`: after each, with how many are through. */
export async function doToEach<T>(things: readonly T[], deed: (thing: T) => Promise<Done>, clock: Pick<Clock, 'setTimer'>, progress: (through: number) => void): Promise<{ refused: number; trouble: Trouble | null }> {
  const line = things.values()
  const refusals: Trouble[] = []
  let through = 0

  async function untilSaid(thing: T): Promise<Done> {
    for (let tries = 1; ; tries += 1) {
      const done = await deed(thing)
      const pauseMs = done.ok ? null : (done.trouble.retryAfterMs ?? null)
      if (pauseMs === null || tries === MOST_TRIES) return done
      await new Promise<void>((resolve) => void clock.setTimer(resolve, pauseMs))
    }
  }

  async function work(): Promise<void> {
    for (const thing of line) {
      const done = await untilSaid(thing)
      if (!done.ok) refusals.push(done.trouble)
      through += 1
      progress(through)
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { refused: refusals.length, trouble: refusals[0] ?? null }
}
