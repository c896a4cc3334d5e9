// Tells the relay that a file is not wanted, until it knows: it may be half there, whole, or long gone.
import { rest as bodies } from '#protocol'
import { whatNext, type Trouble } from '../connection/outcome.ts'
import { delayBeforeTry } from '../connection/reconnect.ts'
import type { Rest } from '../connection/rest.ts'
import type { Way } from './way.ts'
import type { Transfer } from './tus-transfer.ts'

export type AbandonDependencies = { transfer: Transfer; rest: Pick<Rest, 'change'>; way: Way; random: () => number }

/** `isFile`: as far as this page knows. Whatever is asked for in vain stands in the browser's console as an error. */
type Unwanted = { fileId: string; isFile: boolean }

/** Resolves when there is nothing left to tell, or `signal` ends it. */
export async function abandonUpload({ transfer, rest, way, random }: AbandonDependencies, { fileId, isFile }: Unwanted, signal: AbortSignal): Promise<void> {
  const asUpload = () => transfer.abandon(fileId, signal)
  const asFile = async () => {
    const outcome = await rest.change('DELETE', `files/${encodeURIComponent(fileId)}`, bodies.ok)
    return outcome.ok ? null : outcome.trouble
  }

  /** Null: it is gone, or not ours to delete. */
  async function tell(): Promise<Trouble | null> {
    const [likely, other] = isFile ? [asFile, asUpload] : [asUpload, asFile]
    const first = await likely()
    if (first === null || whatNext(first) !== 'final') return first
    const second = await other()
    return second === null || whatNext(second) === 'final' ? null : second
  }

  for (let misses = 0; !signal.aborted; misses += 1) {
    const trouble = await tell()
    if (trouble === null || signal.aborted) return
    await way.rest(trouble.retryAfterMs ?? delayBeforeTry(misses + 1, random), signal)
  }
}
