// A change that somebody asked for: one commit with its answer, or a refusal.
import { Refused } from '#protocol'
import type { CommitResult, KeptAnswer, Statement, Storage } from '../storage/storage.ts'
import type { Identity } from './identity.ts'

/** Who asks, and how the answer is kept in the commit of the effect. */
export type Keep = { who: Identity; answering(result: object): { answer?: KeptAnswer; committed(result: CommitResult): void } }

/** False when a statement did not change what it had to: whoever calls knows what that means. */
export async function keepWith(storage: Pick<Storage, 'commit'>, keep: Keep, statements: Statement[], result: object): Promise<boolean> {
  const { answer, committed } = keep.answering(result)
  const commit = await storage.commit({ statements, answer })
  if (commit.outcome === 'repeated') throw new Refused('CONFLICT', 'this was asked for a moment ago', { retryAfterMs: 100 })
  committed(commit)
  return commit.outcome === 'committed'
}
