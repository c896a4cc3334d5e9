// The rows of a turn that has ended: one per model that worked for it. They go into the commit that ends it.
import type { Stats } from '#protocol'
import type { Statement } from '../storage/storage.ts'

export type EndedTurn = { executionId: string; sessionId: string; workspaceId: string | null; userId: string | null; username: string | null }

/** Money is counted in whole millionths of a dollar: sums of fractions drift. */
export const microsOf = (usd: number): number => Math.round(usd * 1_000_000)

export function turnRows({ executionId, sessionId, workspaceId, userId, username }: EndedTurn, stats: Stats, at: number): Statement[] {
  const shares = stats.models?.length ? stats.models : [stats]
  return shares.map((share, index) => ({
    sql: `INSERT INTO usage (entry, source, session_id, execution_id, workspace_id, user_id, username, model, at, turns,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros, duration_ms, ttft_ms)
      VALUES (?, 'relay', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entry) DO NOTHING`,
    params: [
      `${executionId}:${share.model}`,
      ...[sessionId, executionId, workspaceId, userId, username, share.model, at],
      index === 0 ? 1 : 0,
      ...[share.input_tokens, share.output_tokens, share.cache_read_tokens, share.cache_write_tokens, microsOf(share.cost_usd)],
      ...(index === 0 ? [stats.duration_ms, stats.ttft_ms ?? null] : [null, null]),
    ],
  }))
}
