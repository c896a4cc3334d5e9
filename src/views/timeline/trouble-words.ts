// Which card an error is: its words, its tone, and the one step that helps.
import { ERRORS } from '#protocol'
import type { Outcome, Timeline, Trouble } from '../../timeline/timeline.ts'

/** Words: `timeline.trouble.<key>` and `trouble.text.<key>`. */
type TroubleKey = 'overloaded' | 'rateLimit' | 'connection' | 'stalled' | 'stopped' | 'signIn' | 'died' | 'maxTurns' | 'budget' | 'context' | 'refused' | 'unavailable' | 'folder' | 'tooLarge' | 'notTaken' | 'other'
type TroubleStep = 'continue' | 'wait' | 'none'
type TroubleWords = { key: TroubleKey; step: TroubleStep; /** Short code at the right: "529". */ code: string }

const BY_CODE: Readonly<Record<string, TroubleKey>> = {
  overloaded: 'overloaded',
  overloaded_error: 'overloaded',
  rate_limit: 'rateLimit',
  rate_limit_error: 'rateLimit',
  authentication_failed: 'signIn',
  oauth_org_not_allowed: 'signIn',
  billing_error: 'budget',
  BUDGET: 'budget',
  budget: 'budget',
  max_budget_usd: 'budget',
  error_max_budget_usd: 'budget',
  max_turns: 'maxTurns',
  error_max_turns: 'maxTurns',
  process_died: 'died',
  CLAUDE_UNAVAILABLE: 'unavailable',
  INTERNAL_ERROR: 'unavailable',
  GONE: 'folder',
  TOO_LARGE: 'tooLarge',
  stalled: 'stalled',
  process_stopped: 'stopped',
  model_context_window_exceeded: 'context',
  prompt_too_long: 'context',
  refusal: 'refused',
}

function keyOfStatus(status: unknown): TroubleKey | null {
  if (status === 529 || status === 503) return 'overloaded'
  if (status === 429) return 'rateLimit'
  if (status === 401 || status === 403) return 'signIn'
  return null
}

/** A card within a turn: it may yet go on. */
export function troubleWords({ cause, args, level }: Pick<Trouble, 'cause' | 'args' | 'level'>): TroubleWords {
  const status = args['status']
  if (cause.startsWith('api_retry')) {
    const key = keyOfStatus(status) ?? BY_CODE[String(args['error'] ?? '')] ?? 'connection'
    return { key, step: 'none', code: status ? String(status) : '' }
  }
  const key = BY_CODE[cause] ?? 'other'
  return { key, step: key === 'stalled' ? 'wait' : level === 'error' && key !== 'stopped' ? 'continue' : 'none', code: '' }
}

/** The card at the end of a turn that failed or ended by itself; null when it ended as it should, or a person stopped it. */
export function outcomeWords({ status, reason, error }: Pick<Outcome, 'status' | 'reason' | 'error'>): TroubleWords | null {
  if (status === 'failed') {
    const code = error?.code ?? ''
    // A refusal of the relay's own, whatever it was: Claude did not get the prompt.
    return { key: BY_CODE[code] ?? (Object.hasOwn(ERRORS, code) ? 'notTaken' : 'other'), step: 'continue', code }
  }
  const key = status === 'interrupted' && BY_CODE[reason ?? '']
  return key ? { key, step: 'continue', code: '' } : null
}

/** What stands in the way at the end of the conversation, or how the last turn failed; null while all is well. */
export function newestFailure(timeline: Timeline): Trouble | Outcome | null {
  const last = timeline.items.findLast((item) => item.kind !== 'note')
  if (last?.kind === 'trouble') return last.solved ? null : last
  if (last?.kind !== 'turn') return null
  const part = last.parts.findLast((each) => (each.kind === 'trouble' && !each.solved) || each.kind === 'outcome')
  if (part?.kind === 'trouble') return part
  return part?.kind === 'outcome' && outcomeWords(part) ? part : null
}
