// What the pill says, so that it does not twitch: short troubles are not shown, figures change at most every five seconds.
import type { ConnectionState } from '../connection/connection.ts'

const UNSEEN_MS = 1_000
const UNSEEN_CATCHING_UP_MS = 300
const LATENCY_HOLDS_MS = 5_000

const isQuiet = (kind: ConnectionState['kind']) => kind === 'live' || kind === 'slow'

/**
 * `forMs`: how long the link has been in `now`; `shownForMs`: since the pill last changed. The first try within the
 * first second, and catching up in under 300 ms, leave what stood there.
 */
export function calmState(shown: { kind: ConnectionState['kind'] }, now: ConnectionState, times: { forMs: number; shownForMs: number }): ConnectionState | 'keep' {
  if (now.kind === 'reconnecting' && now.attempt <= 1 && times.forMs < UNSEEN_MS && shown.kind !== 'reconnecting') return 'keep'
  if (now.kind === 'catching-up' && times.forMs < UNSEEN_CATCHING_UP_MS && shown.kind !== 'catching-up') return 'keep'
  const figureOnly = isQuiet(now.kind) && now.kind === shown.kind
  if (figureOnly && times.shownForMs < LATENCY_HOLDS_MS && !('latencyMs' in shown && shown.latencyMs === null)) return 'keep'
  return now
}
