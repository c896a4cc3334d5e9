// The result of a turn ends whatever is open and says how it went; before the first turn it says that there will be none.
import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk'
import type { ApiErrors } from './api-errors.ts'
import type { ApiUsage } from './api-usage.ts'
import { logged, type Translated } from './facts.ts'
import type { Blocks } from './translate-blocks.ts'
import type { Inits } from './translate-init.ts'
import { endTold, outcomeOf, refusalToStart } from './translate-result.ts'
import type { Tools } from './translate-tools.ts'
import type { Turns } from './translate-turns.ts'

type Parts = { turns: Turns; blocks: Blocks; tools: Tools; inits: Inits; apiUsage: ApiUsage; apiErrors: ApiErrors }

export function createEnds({ turns, blocks, tools, inits, apiUsage, apiErrors }: Parts) {
  let costTotal = 0
  let startFailure: string | null = null

  return {
    told(message: SDKResultMessage, lastEntryId: string | null): Translated[] {
      const refusal = refusalToStart(message, !turns.running() && inits.isFirst())
      if (refusal !== null) {
        startFailure = refusal
        return [logged({ level: 'error', source: 'claude', text: refusal, code: 'other' })]
      }
      const out = [...turns.begunUnseen(), ...blocks.abandonAll(), ...tools.abandon(false)]
      const outcome = outcomeOf(message, {
        promptIds: [...turns.running()!],
        model: apiUsage.model(),
        contextTokens: apiUsage.inWindow(),
        costBefore: costTotal,
        apiError: apiErrors.take(),
        lastEntryId,
      })
      costTotal = message.total_cost_usd
      apiUsage.untold()
      turns.ended(outcome.promptIds)
      return [...out, ...endTold(outcome), { kind: 'turn_ended', outcome }]
    },
    /** The CLI's own words when it refused to start. */
    startFailure: (): string | null => startFailure,
  }
}
