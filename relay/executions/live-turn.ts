// What is in memory only of the turn that runs: gone with the relay, and then the next start settles the turn.
import type { ApiUse } from '../claude/claude.ts'
import type { Ending } from './execution-state.ts'
import type { Waiting } from './queue.ts'

export type EndedBy = { userId: string; name: string }

export type Live = {
  executionId: string
  /** Under which id Claude was handed the prompt; null for a turn that began by itself. */
  promptId: string | null
  prompt: Pick<Waiting, 'messageId' | 'content' | 'attachments'> | null
  /** Finds it in the log. */
  trace: string | null
  /** handing: on its way to Claude · taken: Claude works on it · parked: its process was ended while people think. */
  stage: 'handing' | 'taken' | 'parked'
  /** A process may have the prompt. */
  sent: boolean
  /** When it was last on its way to Claude, in milliseconds since 1970. */
  handedAt: number
  /** Why it is being ended, and who wanted that. */
  ending: Ending | null
  endedBy: EndedBy | null
  /** The prompt for which room is made. */
  nextUp: string | null
  /** How often it was handed to a process: one that dies before it takes the prompt is followed by one more. */
  attempts: number
  /** The conversation was gone, and it was handed to a new one. */
  renewed: boolean
  /** What the API said that processes had used which were ended while people think. */
  untold: ApiUse[]
}

/** What nobody has decided yet about a turn that begins. */
export const atRest = () => ({ ending: null, endedBy: null, nextUp: null, attempts: 1, renewed: false, sent: false, handedAt: 0, untold: [] })
