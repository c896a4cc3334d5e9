// What a recording of the relay holds: who did what, what was answered, and what one person's browser was sent.

export type RecordedFrame = { type: string; channel?: string | null; seq?: number | null; data: Record<string, unknown>; timestamp: number }
export type RecordedAnswer = { type: 'success' | 'error'; data: Record<string, unknown> }
/** The answer of one REST route: `status` and body as JSON. */
export type RecordedRest = { status: number; body: Record<string, unknown> }

/**
 * One thing that happened and the frames that followed it. `by`: a person's name; `model`: the scripted answer was let go on;
 * `network`: the viewer's socket was closed. `type` is the message's, or `goes_on`, `cut`.
 */
export type RecordedStep = {
  by: string
  type: string
  data: Record<string, unknown>
  answer: RecordedAnswer | null
  frames: RecordedFrame[]
}

export type Recording = {
  name: string
  about: string
  /** Whose browser it is. */
  viewer: string
  session_id: string
  /** So many steps lie behind when the page opens; the others are played. */
  opened_after: number
  connected: RecordedFrame
  /** By method and path, as they were when the page opens. */
  rest: Record<string, RecordedRest>
  /** The session's state after the last step, for comparison. */
  end_state: Record<string, unknown>
  /** Refusals of every code that could be brought about, for the scenario that shows them. */
  refusals?: RecordedAnswer[]
  steps: RecordedStep[]
}

/** Ids that a repetition must give anew; those of people, session and workspace stay. */
export const RECORDED_IDS = /(?:00000000-0000-4000-8000-\d{12}|(?:msg|toolu)_recorded\d+)(?:r\d+)*/g

/** Renames the ids of a frame: the same event of another turn. */
export function renameIds<T>(value: T, rename: (id: string) => string): T {
  return JSON.parse(JSON.stringify(value).replace(RECORDED_IDS, rename)) as T
}

const TIME_KEYS = /(?:_at|^since|^timestamp)$/

/** Moves every time (ms since 1970) in a value. */
export function shiftTimes<T>(value: T, ms: number, key = ''): T {
  if (typeof value === 'number') return (TIME_KEYS.test(key) ? value + ms : value) as T
  if (Array.isArray(value)) return value.map((each) => shiftTimes(each, ms, key)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shiftTimes(each, ms, name)])) as T
}
