// What comes after a trouble of an upload: at once again, later, from the beginning, or no more; pure.
import { whatNext, type Trouble } from '../connection/outcome.ts'

type Next = 'ask-again' | 'begin-anew' | 'other-id' | 'later' | 'failed'

type Course = {
  /** The relay was told of it in an earlier request. */
  isKnown: boolean
  /** Attempts since it last came on. */
  misses: number
  /** It was begun anew since then. */
  isBegunAnew: boolean
}

/** A piece at the wrong place is asked about at once, but not for ever. */
const QUICK_TRIES = 3

export function afterTrouble(trouble: Trouble, { isKnown, misses, isBegunAnew }: Course): Next {
  const { code } = trouble
  // Once is an upload that has expired, or whose making was never heard; twice is a session or a right that is gone.
  if (code === 'NOT_FOUND' && isKnown && !isBegunAnew) return 'begin-anew'
  // What was kept under it is another description of this file. GONE is not that: it was a whole file, and somebody has deleted it.
  if (code === 'ID_REUSED' && !isBegunAnew) return 'other-id'
  if (isOtherContent(trouble)) return 'failed'
  if (code === 'CONFLICT') return misses < QUICK_TRIES ? 'ask-again' : 'later'
  return whatNext(trouble) === 'final' ? 'failed' : 'later'
}

/** The relay has hashed other bytes than were here. It has thrown them away. */
export const isOtherContent = ({ code, details }: Trouble): boolean => code === 'CONFLICT' && (details as { reason?: unknown } | undefined)?.reason === 'digest'
