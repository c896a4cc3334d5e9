// What comes after a trouble of an upload: at once again, later, without a place meanwhile, from the beginning, or no more; pure.
import { whatNext, type Trouble } from '../connection/outcome.ts'

type Next = 'ask-again' | 'begin-anew' | 'other-id' | 'later' | 'aside' | 'smaller' | 'differed' | 'failed'

type Course = {
  /** It was to be made, so nothing of it is there; else it was to be gone on with. */
  isBegin: boolean
  /** The relay has every byte, as far as is known. */
  isWhole: boolean
  /** What the relay itself has refused since it last came on: a link that was away for long is no reason to be slow with a relay that answers. */
  refusals: number
}

/** What the relay gives as its reason, beside the code. */
export const reasonOf = ({ details }: Pick<Trouble, 'details'>): unknown => (details as { reason?: unknown } | null | undefined)?.reason

/** Of the relay's own, and for long perhaps: so many are begun already, its disk is full, where it puts files is away. */
const OWN_REASONS: ReadonlySet<unknown> = new Set(['open', 'disk', 'files_store'])

/** A piece at the wrong place is asked about at once, but not for ever. */
const QUICK_TRIES = 3

export function afterTrouble(trouble: Trouble, { isBegin, isWhole, refusals }: Course): Next {
  const { code } = trouble
  const reason = reasonOf(trouble)
  const isQuick = refusals < QUICK_TRIES
  // It has expired, or its making was never heard. Where it was to be made, the session is gone, or the right to it.
  // GONE is neither: it was a whole file, and somebody has deleted it.
  if (code === 'NOT_FOUND' && !isBegin) return isQuick ? 'begin-anew' : 'later'
  if (code === 'ID_REUSED' && isBegin && isQuick) return 'other-id'
  // The relay has hashed other bytes than were here. It has thrown them away.
  if (code === 'CONFLICT' && reason === 'digest') return 'differed'
  // The relay says of what there is too much. A proxy on the way says no more than that: of its pieces.
  if (code === 'TOO_LARGE' && reason === undefined && trouble.retryAfterMs === null) return 'smaller'
  if (code === 'CONFLICT') return isQuick ? 'ask-again' : 'later'
  if (whatNext(trouble) === 'final') return 'failed'
  // It came with the last bytes, of which nobody has heard yet that they are there.
  if (reason === 'files_store' && !isBegin && !isWhole && isQuick) return 'ask-again'
  return OWN_REASONS.has(reason) ? 'aside' : 'later'
}

/** Whether the link was at fault, and not the relay's good reasons. */
export const isCut = ({ code }: Trouble): boolean => code === 'UNREACHABLE' || code === 'TIMEOUT'
