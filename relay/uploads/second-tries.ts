// Uploads that are whole and could not become files for now, the store away perhaps: tried again, ever more seldom, whether their owner comes back or not.
import { Refused } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { UploadRow } from './upload-rows.ts'

const firstMs = 2_000
const mostMs = 5 * 60_000

export function createSecondTries({ clock, log, again }: { clock: Pick<Clock, 'setTimer'>; log: Log; again: (row: UploadRow, who: Identity) => Promise<unknown> }) {
  const waiting = new Map<string, { timer: Timer; ms: number }>()

  function forget(id: string): void {
    waiting.get(id)?.timer.cancel()
    waiting.delete(id)
  }

  return {
    /** Each time it is called for the same one, it waits twice as long. */
    later(row: UploadRow, who: Identity): void {
      const ms = Math.min((waiting.get(row.id)?.ms ?? firstMs / 2) * 2, mostMs)
      waiting.get(row.id)?.timer.cancel()
      // All of it came while the token was good. Whether the sign-in and the right still stand is asked again. An identity provider's word ends with its token.
      const owner: Identity = { ...who, expiresAt: who.kind === 'foreign' ? who.expiresAt : Infinity }
      // What is in the way has called for the next time already.
      const failed = (error: unknown) => (error instanceof Refused ? undefined : log.error('uploads.not_finished', { file_id: row.id, error }))
      const timer = clock.setTimer(() => void again(row, owner).catch(failed), ms)
      waiting.set(row.id, { timer, ms })
    },
    forget,
    stop(): void {
      for (const id of [...waiting.keys()]) forget(id)
    },
  }
}
