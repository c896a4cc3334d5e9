// Runs one upload from the moment it has a place until it is done, failed or set aside, or somebody has stopped it: the only owner of its retries.
import { delayBeforeTry } from '../connection/reconnect.ts'
import { trouble, type Trouble } from '../connection/outcome.ts'
import { afterTrouble, isCut } from './after-trouble.ts'
import type { Digests } from './digests.ts'
import type { FileSources } from './file-sources.ts'
import type { Way } from './way.ts'
import type { Transfer } from './tus-transfer.ts'
import type { Upload, UploadEvent } from './upload.ts'

export type RunDependencies = {
  sources: FileSources
  digests: Digests
  transfer: Transfer
  way: Way
  random: () => number
  newId: () => string
}

type Run = {
  /** As it is now. */
  upload(): Upload
  tell(event: UploadEvent): void
  pieceBytes(): number
  /** The relay has so much; `bytes` of it came in `ms`. */
  measured(offset: number, bytes: number, ms: number): void
  /** Nothing is under way any more. */
  broken(): void
  /** Pieces have to be smaller from now on. False: they are as small as can be. */
  smaller(): boolean
}

/** A relay that has too much to do for a moment is nobody's news. */
const WORTH_SAYING_MS = 1_000

export async function runUpload({ sources, digests, transfer, way, random, newId }: RunDependencies, run: Run, signal: AbortSignal): Promise<void> {
  /** Attempts since it last came on, and those of them that the relay has answered. */
  let misses = 0
  let refusals = 0

  for (;;) {
    const opened = await sources.open(run.upload())
    if (signal.aborted) return
    if ('canAsk' in opened) return run.tell({ type: 'file-lost', canAsk: opened.canAsk })
    const end = await attempt(opened.file)
    if (signal.aborted) return
    if (end.how === 'finished') return run.tell({ type: 'finished', digest: end.digest })
    // The next look finds what else there is of it.
    if (end.how === 'unreadable') sources.lost(run.upload().id)
    if (end.how === 'back') {
      misses = refusals = 0
      run.broken()
    }
    if (end.how === 'trouble' && !(await goOn(end.trouble, end.isBegin))) return
  }

  async function attempt(file: Blob) {
    const own = new AbortController()
    let broken: 'gone' | 'back' | null = null
    const stop = () => own.abort()
    const offBroken = way.onBroken((isBack) => {
      broken = isBack ? 'back' : 'gone'
      own.abort()
    })
    signal.addEventListener('abort', stop)
    try {
      const heard = {
        asked: () => run.tell({ type: 'asked' }),
        accepted(offset: number, bytes: number, ms: number) {
          if (offset > run.upload().offset) misses = refusals = 0
          run.measured(offset, bytes, ms)
          run.tell({ type: 'accepted', offset })
        },
      }
      const end = await transfer.carry({ upload: run.upload(), file, pieceBytes: run.pieceBytes, digest: () => digestOf(file) }, heard, own.signal)
      if (broken === null || end.how !== 'stopped') return end
      // The word that the link is back was said while this was given up: waiting for it now would be in vain.
      return broken === 'back' ? { how: 'back' as const } : { how: 'trouble' as const, trouble: trouble('UNREACHABLE', 'the network has gone'), isBegin: false }
    } finally {
      offBroken()
      signal.removeEventListener('abort', stop)
    }
  }

  async function digestOf(file: Blob): Promise<string | null> {
    const { id, digest } = run.upload()
    if (digest !== null) return digest
    const found = await digests.of(id, file)
    run.tell({ type: 'hashed', digest: found })
    return found
  }

  /** False: that was all. */
  async function goOn(why: Trouble, isBegin: boolean): Promise<boolean> {
    const { fileId, offset, size } = run.upload()
    const next = afterTrouble(why, { isBegin, isWhole: offset === size, refusals })
    misses += 1
    if (!isCut(why)) refusals += 1
    // Where it was, nothing is any more: it begins anew, if not at once.
    const isGone = why.code === 'NOT_FOUND'
    if (isCut(why)) run.broken()
    // A relay that answered has not made it; one that did not may have.
    else if (isGone || isBegin) run.tell({ type: 'begun-anew', fileId: next === 'other-id' ? newId() : fileId })
    if (next === 'differed') {
      run.tell({ type: 'differed', fileId: newId() })
      return false
    }
    if (next === 'smaller' && run.smaller()) return !signal.aborted
    if (next === 'failed' || next === 'smaller') {
      run.tell({ type: 'refused', trouble: why })
      return false
    }
    if (next === 'aside') {
      run.tell({ type: 'set-aside', trouble: why })
      return false
    }
    if (next === 'later') {
      const waitMs = why.retryAfterMs ?? delayBeforeTry(misses, random)
      if (waitMs >= WORTH_SAYING_MS || isCut(why)) run.tell({ type: 'cut', trouble: why })
      await way.rest(waitMs, signal)
    }
    return !signal.aborted
  }
}
