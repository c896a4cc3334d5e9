// Tells the relay that a file is not wanted, until it knows: it may be half there, whole, or long gone.
import { whatNext, type Trouble } from '../connection/outcome.ts'
import { delayBeforeTry } from '../connection/reconnect.ts'
import type { Rest } from '../connection/rest.ts'
import type { Way } from './way.ts'
import type { Transfer } from './tus-transfer.ts'

export type AbandonDependencies = { transfer: Transfer; rest: Pick<Rest, 'files'>; way: Way; random: () => number }

/** Resolves when there is nothing left to tell, or `signal` ends it. */
export async function abandonUpload({ transfer, rest, way, random }: AbandonDependencies, fileId: string, signal: AbortSignal): Promise<void> {
  /** Null: it is gone, or not ours to delete. */
  async function tell(): Promise<Trouble | null> {
    const growing = await transfer.abandon(fileId, signal)
    if (growing === null || whatNext(growing) !== 'final') return growing
    // No upload any more: it is a file by now.
    const whole = await rest.files.remove(fileId)
    return whole.ok || whatNext(whole.trouble) === 'final' ? null : whole.trouble
  }

  for (let misses = 0; !signal.aborted; misses += 1) {
    const trouble = await tell()
    if (trouble === null || signal.aborted) return
    await way.rest(trouble.retryAfterMs ?? delayBeforeTry(misses + 1, random), signal)
  }
}
