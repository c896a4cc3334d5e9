// Refusals as the description of the API shows them: by status, each with the codes of the contract's table that it may carry.
import { ERRORS, type ErrorCode } from '#protocol'
import type { Route } from '../route.ts'

const SAYS: Record<ErrorCode, string> = {
  BAD_FRAME: 'of the WebSocket only',
  VALIDATION: 'the request does not fit its schema, or asks for what cannot be',
  UNAUTHORIZED: 'no token, or one that does not count (any more)',
  BUDGET: 'the budget of the day is used up',
  FORBIDDEN: 'you may see it and may not do this; or the page that asks may not speak to this relay',
  NOT_FOUND: 'there is none, or not for you: the two are told alike',
  METHOD_NOT_ALLOWED: 'the path has no such method',
  CONFLICT: 'it is not so any more; `details` say what it is now',
  ID_REUSED: 'the same Idempotency-Key came with another request',
  GONE: 'it was there and is not any more',
  TOO_LARGE: 'the body is larger than what is taken here',
  UNSUPPORTED_TYPE: 'the body is of a content type that is not taken here',
  MISDIRECTED: 'the relay does not answer to this Host',
  RATE_LIMITED: 'too much at once; `retry_after_ms` and Retry-After say when to come back',
  INTERNAL_ERROR: 'a bug of the relay; `trace_id` names its line in the log',
  BUSY: 'the relay cannot take it now; come back after `retry_after_ms`',
  DRAINING: 'the relay is about to end; come back after `retry_after_ms`',
  CLAUDE_UNAVAILABLE: 'Claude cannot be started on this machine',
}

const NAMES: Record<number, string> = {
  400: 'BadRequest', 401: 'Unauthorized', 402: 'BudgetUsedUp', 403: 'Forbidden', 404: 'NotFound', 405: 'MethodNotAllowed', 409: 'Conflict', 410: 'Gone',
  413: 'TooLarge', 415: 'UnsupportedType', 421: 'Misdirected', 429: 'RateLimited', 500: 'Failed', 503: 'Unavailable',
}
/** After these the response says in a header, too, when to come back. */
const RETRIED = [429, 503]

const codesOf = (status: number) => (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status && code !== 'BAD_FRAME')

/** The named responses of all statuses in the table of refusals. */
export function refusals(): Record<string, object> {
  const statuses = [...new Set(Object.values(ERRORS).map(({ status }) => status))]
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = codesOf(status)
      const example = { code: codes[0], message: SAYS[codes[0]!], trace_id: '6f1d5c0e-8a39-4a53-9a9c-0d3a3f4f8b1e', timestamp: 1_700_000_000_000, ...(RETRIED.includes(status) && { retry_after_ms: 1_000 }) }
      const response = {
        description: codes.map((code) => `\`${code}\`: ${SAYS[code]}.`).join('\n\n'),
        headers: { 'X-Trace-Id': { $ref: '#/components/headers/X-Trace-Id' }, ...(RETRIED.includes(status) && { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }) },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example } },
      }
      return [NAMES[status]!, response]
    }),
  )
}

/** With what this route may refuse. */
export function refusalsOf(route: Route): Record<string, object> {
  const isOpen = route.access === 'open'
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(route.method)
  const hasBody = route.body !== undefined || route.rawBody !== undefined || route.about?.takes !== undefined
  const codes: ErrorCode[] = ['VALIDATION', 'FORBIDDEN', 'MISDIRECTED', 'INTERNAL_ERROR', 'BUSY', ...(route.about?.refuses ?? [])]
  if (!isOpen || changes) codes.push('UNAUTHORIZED', 'RATE_LIMITED')
  if (route.path.includes(':') || (!isOpen && (hasBody || route.query !== undefined))) codes.push('NOT_FOUND')
  if (!isOpen && changes) codes.push('CONFLICT', 'ID_REUSED')
  if (hasBody) codes.push('TOO_LARGE', 'UNSUPPORTED_TYPE')
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status as number))].sort((a, b) => a - b)
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${NAMES[status]}` }]))
}
