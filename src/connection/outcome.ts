// What asking the relay can come to: an answer or a named trouble. Nothing expected is thrown.
import { ERRORS, type ErrorCode, type ErrorData } from '#protocol'

/** The relay's codes, and those only a browser can find out: nobody there, no answer in time, called off by the asker. */
export type TroubleCode = ErrorCode | 'UNREACHABLE' | 'TIMEOUT' | 'ABORTED'

export type Trouble = {
  code: TroubleCode
  message: string
  details?: unknown
  retryAfterMs: number | null
  traceId: string | null
}

export type Outcome<T> = { ok: true; data: T } | { ok: false; trouble: Trouble }

export const done = <T>(data: T): Outcome<T> => ({ ok: true, data })
export const failed = (trouble: Trouble): { ok: false; trouble: Trouble } => ({ ok: false, trouble })

export const trouble = (code: TroubleCode, message: string): Trouble => ({ code, message, retryAfterMs: null, traceId: null })

/** When to ask again, as somebody else says it: a relay that is broken is not stormed, and no timer is set that overflows. */
export const retryWithin = (ms: number | null | undefined): number | null => (typeof ms === 'number' ? Math.min(Math.max(ms, 250), 60_000) : null)

/** A refusal of the relay, from an `error` message or the body of a refused request. */
export const troubleFrom = (error: ErrorData): Trouble => ({
  code: error.code,
  message: error.message,
  details: error.details,
  retryAfterMs: retryWithin(error.retry_after_ms),
  traceId: error.trace_id,
})

/** `final`: the same again would come to the same. `later`: try again. `sign-in`: only after signing in. */
export function whatNext({ code, retryAfterMs }: Trouble): 'final' | 'later' | 'sign-in' {
  if (code === 'ABORTED') return 'final'
  if (code === 'UNREACHABLE' || code === 'TIMEOUT') return 'later'
  const { retry } = ERRORS[code]
  if (retry === 'after-sign-in') return 'sign-in'
  return retry === 'later' || retryAfterMs !== null ? 'later' : 'final'
}
