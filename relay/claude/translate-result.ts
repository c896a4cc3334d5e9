// The end of a turn: how it ended, what it cost, what to tell people when it failed.
import type { SDKResultMessage, TerminalReason } from '@anthropic-ai/claude-agent-sdk'
import type { Stats } from '#protocol'
import { progress, type ApiUse, type Translated, type TurnOutcome } from './facts.ts'

type Totals = { costUSD: number; inputTokens: number; outputTokens: number; cacheReadInputTokens: number; cacheCreationInputTokens: number }
export type ApiError = { code: string; message: string }

/** What the turn's result is read together with. */
export type TurnContext = {
  promptIds: string[]
  model: string
  /** Tokens in the window at the turn's last request. */
  contextTokens: number
  /** The running total at the end of the turn before, in USD. */
  costBefore: number
  apiError: ApiError | null
  lastEntryId: string | null
}

/** A turn that a hook or a waiting tool has ended is over, and nothing went wrong. */
const COMPLETED: readonly TerminalReason[] = ['completed', 'background_requested', 'tool_deferred', 'hook_stopped', 'stop_hook_prevented']
const INTERRUPTED: readonly TerminalReason[] = ['aborted_streaming', 'aborted_tools']

/** By terminal_reason first, then is_error, never by subtype: `success` is also said of a turn that failed or was cut short. */
function statusOf(message: SDKResultMessage): TurnOutcome['status'] {
  const reason = message.terminal_reason
  if (reason !== undefined && INTERRUPTED.includes(reason)) return 'interrupted'
  if (message.is_error) return 'failed'
  return reason === undefined || COMPLETED.includes(reason) ? 'completed' : 'failed'
}

function errorOf(message: SDKResultMessage, apiError: ApiError | null): ApiError {
  if (apiError) return apiError
  const said = 'errors' in message ? message.errors.filter((text) => !text.startsWith('[ede_diagnostic]')).join('\n') : message.result
  const code = message.terminal_reason ?? message.subtype
  return { code, message: said || code }
}

/** Of a sum or difference of dollars: what floating point leaves below a millionth is nobody's cost. */
export const wholeMicros = (usd: number): number => Math.round(usd * 1_000_000) / 1_000_000

const sum = (models: readonly Totals[], key: keyof Totals): number => models.reduce((total, model) => total + model[key], 0)

const figures = (models: readonly Totals[]) => ({
  cost_usd: wholeMicros(sum(models, 'costUSD')),
  input_tokens: sum(models, 'inputTokens'),
  output_tokens: sum(models, 'outputTokens'),
  cache_read_tokens: sum(models, 'cacheReadInputTokens'),
  cache_write_tokens: sum(models, 'cacheCreationInputTokens'),
})

const usedSince = (message: SDKResultMessage): Record<string, Totals> => (message as { model_usage_since_last_result?: Record<string, Totals> }).model_usage_since_last_result ?? {}
const hasAsked = (message: SDKResultMessage): boolean => Object.values(usedSince(message)).some((totals) => totals.costUSD > 0 || totals.outputTokens > 0)

function statsOf(message: SDKResultMessage, context: TurnContext): Stats {
  const { usage } = message
  // Counts the calls of agents and of the CLI's own errands too. The SDK does not declare it; without it the main loop must do.
  const byModel = Object.entries(usedSince(message))
  // The running total begins anew after /clear.
  const spent = message.total_cost_usd - context.costBefore
  return {
    duration_ms: message.duration_ms,
    duration_api_ms: message.duration_api_ms,
    ...('ttft_ms' in message && message.ttft_ms !== undefined ? { ttft_ms: message.ttft_ms } : {}),
    ...(byModel.length > 0
      ? figures(byModel.map(([, totals]) => totals))
      : {
          cost_usd: wholeMicros(spent < 0 ? message.total_cost_usd : spent),
          input_tokens: usage.input_tokens,
          output_tokens: usage.output_tokens,
          cache_read_tokens: usage.cache_read_input_tokens ?? 0,
          cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
        }),
    num_turns: message.num_turns,
    model: context.model,
    context_tokens: context.contextTokens,
    context_limit: message.modelUsage[context.model]?.contextWindow ?? 0,
    ...(byModel.length > 1 ? { models: byModel.map(([model, totals]) => ({ model, ...figures([totals]) })) } : {}),
  }
}

export function outcomeOf(message: SDKResultMessage, context: TurnContext): TurnOutcome {
  const status = statusOf(message)
  const { user_message_uuids: consumed, local_command: localCommand } = message as { user_message_uuids?: string[]; local_command?: string }
  return {
    status,
    reason: message.terminal_reason ?? (message.is_error ? message.subtype : 'completed'),
    error: status === 'failed' ? errorOf(message, context.apiError) : null,
    // Most commands ask nobody; compact has the model write a summary, and that costs.
    stats: localCommand === undefined || hasAsked(message) ? statsOf(message, context) : null,
    promptIds: consumed ?? context.promptIds,
    localCommand: localCommand ?? null,
    lastEntryId: context.lastEntryId,
  }
}

/** What people see of the end; nothing when a command of the CLI ran without the model. */
export function endTold({ status, reason, error, stats, localCommand }: TurnOutcome): Translated[] {
  if (localCommand !== null) return []
  const isFailure = status === 'failed'
  return [progress({ progress_type: isFailure ? 'error' : 'complete', detail: (isFailure && error?.message) || reason, stats })]
}

/** The CLI's own words when it refused to start; null for the result of a turn. `isFirst`: nothing has begun so far. */
export function refusalToStart(message: SDKResultMessage, isFirst: boolean): string | null {
  const named = 'startup_failure_reason' in message ? message.startup_failure_reason : undefined
  // A conversation that is not on the disk is refused before any turn, without that name.
  const unnamed = isFirst && message.is_error && message.num_turns === 0
  if (named === undefined && !unnamed) return null
  return ('errors' in message ? message.errors.join('\n') : '') || named || message.subtype
}

/** The outcome of a turn whose end was never told; `used`: as far as its answers said. */
export function lostTurn(cause: string, detail: string, promptIds: readonly string[], lastEntryId: string | null, used: ApiUse[]): TurnOutcome {
  const error = { code: cause, message: detail }
  return { status: 'interrupted', reason: cause, error, stats: null, used, promptIds: [...promptIds], localCommand: null, lastEntryId }
}
