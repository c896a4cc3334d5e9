// Messages of the CLI that people should know of but nobody said: they become lines of the log.
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import type { Log } from '#protocol'
import type { Translated } from './facts.ts'

type System<Subtype extends string> = Extract<SDKMessage, { type: 'system'; subtype: Subtype }>
type LogData = Omit<Log, 'session_id' | 'execution_id'>

export const log = (data: LogData): Translated[] => [{ kind: 'fact', fact: { type: 'log', data } }]
const said = (level: Log['level'], text: string, more: Partial<LogData> = {}): Translated[] =>
  text.trim() === '' ? [] : log({ level, source: 'claude', text: text.trim(), code: 'other', ...more })

export function apiRetry(message: System<'api_retry'>): Translated[] {
  const status = message.error_status ?? 0
  const seconds = Math.ceil(message.retry_delay_ms / 1000)
  const args = { attempt: message.attempt, max_retries: message.max_retries, delay_ms: message.retry_delay_ms, status, error: message.error }
  return said('warn', `The API answered with ${status || 'a broken connection'} (${message.error}); trying again in ${seconds} s.`, { code: 'api_retry', args })
}

export function compacted(message: System<'compact_boundary'>): Translated[] {
  const { trigger, pre_tokens, post_tokens } = message.compact_metadata
  return said('info', 'The conversation was compacted.', { code: 'compacted', args: { trigger, pre_tokens, ...(post_tokens === undefined ? {} : { post_tokens }) } })
}

export function status(message: System<'status'>): Translated[] {
  const failed = message.compact_result === 'failed' ? said('warn', `The conversation could not be compacted: ${message.compact_error ?? 'no reason given'}`) : []
  return message.permissionMode === undefined ? failed : [{ kind: 'settings', permissionMode: message.permissionMode }, ...failed]
}

export function hookResponse(message: System<'hook_response'>): Translated[] {
  if (message.outcome !== 'error') return []
  const text = message.stderr || message.output || `exit code ${message.exit_code ?? '?'}`
  return log({ level: 'warn', source: 'hook', text: `${message.hook_name}: ${text}`.trim(), code: 'other' })
}

export function informational(message: System<'informational'>): Translated[] {
  return said(message.level === 'warning' ? 'warn' : 'info', message.content)
}

/** Of work beside the conversation. An agent's report was told as its own words already. */
export function taskNotification(message: System<'task_notification'>, description: string): Translated[] {
  if (message.ambient || message.skip_transcript) return []
  const { summary_is_report: isReport } = message as { summary_is_report?: boolean }
  const args = { status: message.status, ...(message.tool_use_id === undefined ? {} : { tool_use_id: message.tool_use_id }) }
  return said(message.status === 'failed' ? 'warn' : 'info', isReport ? `Agent "${description}": ${message.status}` : message.summary, { args })
}

export function rateLimit(message: Extract<SDKMessage, { type: 'rate_limit_event' }>): Translated[] {
  const { status: state, resetsAt, rateLimitType } = message.rate_limit_info
  if (state === 'allowed') return []
  const args = { status: state, ...(resetsAt === undefined ? {} : { resets_at: resetsAt }), ...(rateLimitType === undefined ? {} : { limit: rateLimitType }) }
  return said('warn', state === 'rejected' ? 'The usage limit is reached.' : 'The usage limit is near.', { args })
}

export function authStatus(message: Extract<SDKMessage, { type: 'auth_status' }>): Translated[] {
  return message.error === undefined ? [] : said('error', message.error)
}

export const refused = (message: System<'model_refusal_fallback' | 'model_refusal_no_fallback'>): Translated[] => said('warn', message.content)
export const notification = (message: System<'notification'>): Translated[] => said('info', message.text)
export const pluginInstall = (message: System<'plugin_install'>): Translated[] =>
  message.status === 'failed' ? said('warn', `The plugin ${message.name ?? ''} could not be installed: ${message.error ?? 'no reason given'}`) : []
export const mirrorError = (message: System<'mirror_error'>): Translated[] => said('error', message.error)
export const writesLost = (message: System<'session_writes_lost'>): Translated[] =>
  said('error', `Claude could not save its transcript: the disk is full (${message.error_code}).`)
export const memoryRecall = (message: System<'memory_recall'>): Translated[] =>
  message.memories.length === 0 ? [] : said('info', `Recalled ${message.memories.length} from memory.`)
