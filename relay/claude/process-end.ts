// The end of a process in words, and what it means for the turn that it takes along.
import type { TurnOutcome } from './facts.ts'

const DETAIL_CHARS = 500

export type Exit = { code: number | null; signal: string | null }

/** How it ended and the last that it said. `exit` is null when it never ran. */
export function describeEnd(exit: Exit | null, lastWords: string): string {
  const how = exit === null ? 'it could not be started' : exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`
  const said = lastWords.trim().slice(-DETAIL_CHARS)
  return said === '' ? how : `${how}: ${said}`
}

/** The outcome of a turn whose end was never told. */
export function lostTurn(cause: string, detail: string, promptIds: readonly string[], lastEntryId: string | null): TurnOutcome {
  const error = { code: cause, message: detail }
  return { status: 'interrupted', reason: cause, error, stats: null, promptIds: [...promptIds], localCommand: null, lastEntryId }
}
