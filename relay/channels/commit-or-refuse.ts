// A change that is committed, or refused because somebody was first.
import { Refused } from '#protocol'
import type { CommitResult, Statement } from '../storage/storage.ts'
import type { OutEvent, Publication } from './publication.ts'

/** Statements and events for somebody's commit: all of them go into one publication, or none. */
export type Part = { statements: Statement[]; events: OutEvent[] }

/** Resolves when it is committed. CONFLICT when a row was not as it had been read, to be tried again. */
export async function commitOrRefuse(channels: { publish(publication: Publication): Promise<CommitResult> }, publication: Publication): Promise<void> {
  const { outcome } = await channels.publish(publication)
  if (outcome === 'committed') return
  // Not kept as the answer to the command: another attempt finds the rows as they are, or the answer that is kept already.
  throw new Refused('CONFLICT', 'this was changed by somebody else just now', { retryAfterMs: 100 })
}
