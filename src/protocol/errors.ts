// One table of refusals for WebSocket, REST and browser: code → HTTP status, close code, whether to try again.
import * as z from 'zod/mini'

type Refusal = { status: number; close?: number; retry: 'no' | 'later' | 'after-sign-in' }

export const ERRORS = {
  BAD_FRAME: { status: 400, close: 4400, retry: 'no' },
  VALIDATION: { status: 400, retry: 'no' },
  UNAUTHORIZED: { status: 401, close: 4401, retry: 'after-sign-in' },
  BUDGET: { status: 402, retry: 'no' },
  FORBIDDEN: { status: 403, close: 4403, retry: 'no' },
  NOT_FOUND: { status: 404, retry: 'no' },
  METHOD_NOT_ALLOWED: { status: 405, retry: 'no' },
  CONFLICT: { status: 409, retry: 'no' },
  ID_REUSED: { status: 409, retry: 'no' },
  GONE: { status: 410, retry: 'no' },
  TOO_LARGE: { status: 413, close: 1009, retry: 'no' },
  UNSUPPORTED_TYPE: { status: 415, retry: 'no' },
  MISDIRECTED: { status: 421, retry: 'no' },
  RATE_LIMITED: { status: 429, close: 4429, retry: 'later' },
  INTERNAL_ERROR: { status: 500, retry: 'later' },
  BUSY: { status: 503, retry: 'later' },
  DRAINING: { status: 503, close: 4503, retry: 'later' },
  CLAUDE_UNAVAILABLE: { status: 503, retry: 'later' },
} as const satisfies Record<string, Refusal>

export type ErrorCode = keyof typeof ERRORS
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]
export const errorCode = z.enum(ERROR_CODES)

/** Every close means "come back by position"; a code only chooses the delay and the words. */
export const CLOSE = {
  badFrames: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  silent: 4408,
  tooMany: 4429,
  draining: 4503,
  tooLarge: 1009,
  slowReader: 1013,
} as const

/** The data of an `error` message. */
export const errorData = z.object({
  code: errorCode,
  message: z.string(),
  details: z.optional(z.unknown()),
  retry_after_ms: z.nullish(z.number()),
  trace_id: z.string(),
})
export type ErrorData = z.infer<typeof errorData>

/** The body of a refused REST request: the same, with the time. */
export const errorBody = z.extend(errorData, { timestamp: z.int() })
export type ErrorBody = z.infer<typeof errorBody>

/** An expected refusal. The doors turn it into an `error` message or a status; anything else thrown is a bug. */
export class Refused extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: { details?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message)
    this.name = 'Refused'
  }
}

/** Why a `compact` is refused where nothing was said yet. */
export const NOTHING_TO_COMPACT = 'nothing_to_compact'

/** Why `compact`, `clear` and `rewind` are refused while Claude works. */
export const TURN_RUNNING = 'turn_running'

/** To people a bug is this, whatever it was. It may have come after the commit: only asking again under the same id says. */
export const relayFailed = () => new Refused('INTERNAL_ERROR', 'the relay failed at this; it may have been done or not', { retryAfterMs: 2_000 })
