// The state of the link as people see it in the pill, derived from facts; pure.

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'live'; latencyMs: number | null }
  | { kind: 'slow'; latencyMs: number }
  | { kind: 'reconnecting'; attempt: number; inMs: number }
  | { kind: 'catching-up'; events: number }
  | { kind: 'offline'; waiting: number }
  | { kind: 'signed-out' }

const SLOW_ABOVE_MS = 400
export const OFFLINE_AFTER_MS = 20_000

export type LinkFacts = {
  signedOut: boolean
  /** The relay said `connected` on the present socket. */
  up: boolean
  everUp: boolean
  latencyMs: number | null
  /** Tries since the link was last up, and the time until the next; null while one is under way. */
  attempt: number
  inMs: number | null
  downForMs: number
  browserOffline: boolean
  /** Events between what was read and what the relay had when it was asked. */
  behind: number
  /** Commands in the outbox that still wait to be sent. */
  waiting: number
}

export function connectionState(facts: LinkFacts): ConnectionState {
  if (facts.signedOut) return { kind: 'signed-out' }
  if (!facts.up) {
    if (facts.browserOffline || facts.downForMs >= OFFLINE_AFTER_MS) return { kind: 'offline', waiting: facts.waiting }
    if (!facts.everUp && facts.attempt === 0) return { kind: 'connecting' }
    return { kind: 'reconnecting', attempt: facts.attempt, inMs: facts.inMs ?? 0 }
  }
  if (facts.behind > 0) return { kind: 'catching-up', events: facts.behind }
  if (facts.latencyMs !== null && facts.latencyMs > SLOW_ABOVE_MS) return { kind: 'slow', latencyMs: facts.latencyMs }
  return { kind: 'live', latencyMs: facts.latencyMs }
}
