// What a turn used, into the commit that ends it: for whom it counts, and the word to whoever crosses a line of their budget with it.
import type { Stats } from '#protocol'
import type { ApiUse } from '../claude/claude.ts'
import type { Pending } from '../usage/usage.ts'
import { tellCrossed } from './affordable.ts'
import type { Dependencies } from './dependencies.ts'
import type { Draft } from './draft.ts'
import type { Execution } from './execution-state.ts'
import { readLastPrompter } from './kept-executions.ts'

/** `untold`: what is known of it without the CLI's own word. `at`: when it ended, if that was not now. */
export type TurnUse = { workspaceId: string | null; stats: Stats | null; untold: readonly ApiUse[]; at?: number }

type Counted = { pending: Pending; untoldMicros: number; /** Their day is used up with it. */ isSpent: boolean }

export async function countTurn({ storage, usage }: Pick<Dependencies, 'storage' | 'usage'>, draft: Draft, turn: Execution, { workspaceId, stats, untold, at }: TurnUse): Promise<Counted> {
  const { id: executionId, sessionId, userId, username, startedAt, createdAt } = turn
  const payer = userId === null ? await readLastPrompter(storage, sessionId, startedAt ?? createdAt) : { userId, username }
  const { statements, pending, untoldMicros } = usage.ofTurn({ executionId, sessionId, workspaceId, ...payer }, stats, untold, at)
  draft.add(...statements)
  const crossed = await usage.budgets.crossed(pending)
  if (crossed) tellCrossed(draft, executionId, payer.username ?? '', crossed)
  return { pending, untoldMicros, isSpent: crossed?.state === 'spent' }
}
