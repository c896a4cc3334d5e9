// The rows of a turn that has ended: one per model that worked for it, by the CLI's own word or, without one, by those of the API. They go into the commit that ends it.
import type { Stats } from '#protocol'
import type { Statement } from '../storage/storage.ts'
import { costMicros as listPrice, type Tokens } from './prices.ts'

export type EndedTurn = { executionId: string; sessionId: string; workspaceId: string | null; userId: string | null; username: string | null }

/** Money is counted in whole millionths of a dollar: sums of fractions drift. */
export const microsOf = (usd: number): number => Math.round(usd * 1_000_000)

/** One answer of the API, as far as it was told. */
export type Answer = { model: string; tokens: Tokens }
type Share = Pick<Stats, 'model' | 'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens'> & { /** null: nobody knows the price. */ micros: number | null }

const rowOf = ({ executionId, sessionId, workspaceId, userId, username }: EndedTurn, entry: string, share: Share, at: number, of: { turns: number; estimated?: boolean; ms?: number; ttftMs?: number | null | undefined }): Statement => ({
  sql: `INSERT INTO usage (entry, source, session_id, execution_id, workspace_id, user_id, username, model, at, turns,
      input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros, estimated, duration_ms, ttft_ms)
    VALUES (?, 'relay', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entry) DO NOTHING`,
  params: [
    ...[entry, sessionId, executionId, workspaceId, userId, username, share.model, at, of.turns],
    ...[share.input_tokens, share.output_tokens, share.cache_read_tokens, share.cache_write_tokens, share.micros],
    ...[of.estimated ? 1 : 0, of.ms ?? null, of.ttftMs ?? null],
  ],
})

export function turnRows(turn: EndedTurn, stats: Stats, at: number): Statement[] {
  const shares = stats.models?.length ? stats.models : [stats]
  return shares.map((share, index) => {
    const first = { turns: 1, ms: stats.duration_ms, ttftMs: stats.ttft_ms }
    return rowOf(turn, `${turn.executionId}:${share.model}`, { ...share, micros: microsOf(share.cost_usd) }, at, index === 0 ? first : { turns: 0 })
  })
}

/** An estimate at list prices, without a duration; a model without a price counts in tokens only. */
export function untoldRows(turn: EndedTurn, answers: readonly Answer[], at: number, isAll: boolean): { statements: Statement[]; costMicros: number } {
  const shares = new Map<string, Share>()
  for (const { model, tokens } of answers) {
    const sum = shares.get(model) ?? { model, input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, micros: null }
    const price = listPrice(model, tokens)
    shares.set(model, {
      model,
      input_tokens: sum.input_tokens + tokens.input,
      output_tokens: sum.output_tokens + tokens.output,
      cache_read_tokens: sum.cache_read_tokens + tokens.cacheRead,
      cache_write_tokens: sum.cache_write_tokens + tokens.cacheWrite,
      micros: price === null ? sum.micros : (sum.micros ?? 0) + price,
    })
  }
  const all = [...shares.values()]
  return {
    // Of one that went on in another process the result has a row of its own for the same model.
    statements: all.map((share, index) => rowOf(turn, `${turn.executionId}:${share.model}:${at}`, share, at, { turns: isAll && index === 0 ? 1 : 0, estimated: true })),
    costMicros: all.reduce((sum, { micros }) => sum + (micros ?? 0), 0),
  }
}
