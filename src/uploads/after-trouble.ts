// What comes after a trouble of an upload: at once again, later, from the beginning, or no more; pure.
import { whatNext, type Trouble } from '../connection/outcome.ts'

type Next = 'ask-again' | 'begin-anew' | 'other-id' | 'later' | 'smaller' | 'differed' | 'failed'

type Course = {
  /** It was to be made, so nothing of it is there; else it was to be gone on with. */
  isBegin: boolean
  /** Attempts since it last came on. */
  misses: number
}

/** A piece at the wrong place is asked about at once, but not for ever. */
const QUICK_TRIES = 3

export function afterTrouble(trouble: Trouble, { isBegin, misses }: Course): Next {
  const { code, details } = trouble
  const isQuick = misses < QUICK_TRIES
  // It has expired, or its making was never heard. Where it was to be made, the session is gone, or the right to it.
  // GONE is neither: it was a whole file, and somebody has deleted it.
  if (code === 'NOT_FOUND' && !isBegin) return isQuick ? 'begin-anew' : 'later'
  if (code === 'ID_REUSED' && isBegin && isQuick) return 'other-id'
  // The relay has hashed other bytes than were here. It has thrown them away.
  if (code === 'CONFLICT' && (details as { reason?: unknown } | undefined)?.reason === 'digest') return 'differed'
  // The relay says of what there is too much. A proxy on the way says no more than that: of its pieces.
  if (code === 'TOO_LARGE' && (details as { reason?: unknown } | undefined)?.reason === undefined && trouble.retryAfterMs === null) return 'smaller'
  if (code === 'CONFLICT') return isQuick ? 'ask-again' : 'later'
  return whatNext(trouble) === 'final' ? 'failed' : 'later'
}

/** Whether the link was at fault, and not the relay's good reasons. */
export const isCut = ({ code }: Trouble): boolean => code === 'UNREACHABLE' || code === 'TIMEOUT'
