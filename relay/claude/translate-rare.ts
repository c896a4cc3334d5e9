// Messages of the CLI beside the conversation: those that people should know of become lines of the log, the rest only shows that it lives.
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk'
import type { Log } from '#protocol'
import { logged, progress, told, type Translated } from './facts.ts'

type KeyOf<Message> = Message extends { type: 'system'; subtype: infer Subtype extends string }
  ? `system/${Subtype}`
  : Message extends { type: infer Type extends string }
    ? Type
    : never
export type MessageKey = KeyOf<SDKMessage>
export type MessageOf<Key extends MessageKey> = Key extends `system/${infer Subtype}`
  ? Extract<SDKMessage, { type: 'system'; subtype: Subtype }>
  : Extract<SDKMessage, { type: Key }>
export type Handlers = { [Key in MessageKey]: (message: MessageOf<Key>) => Translated[] }
type Told = keyof Pick<Handlers, 'assistant' | 'user' | 'result' | 'stream_event' | 'conversation_reset' | 'system/init'>

type LogData = Parameters<typeof logged>[0]
const said = (level: Log['level'], text: string, more: Partial<LogData> = {}): Translated[] =>
  text.trim() === '' ? [] : [logged({ level, source: 'claude', text: text.trim(), code: 'other', ...more })]
const nothing = (): Translated[] => []

/** Work beside the conversation that asks the model; commands and monitors do not. */
const ASKING: ReadonlySet<string> = new Set(['local_agent', 'remote_agent', 'local_workflow', 'in_process_teammate'])

/** The tasks are work beside the conversation: agents and commands. */
export function rareMessages() {
  const tasks = new Map<string, { description: string; inBackground: boolean; toolUseId: string | null }>()
  let unknown = 0

  const handlers: Omit<Handlers, Told> = {
    'system/status': (message) => [
      ...(message.permissionMode === undefined ? [] : [{ kind: 'settings' as const, permissionMode: message.permissionMode }]),
      ...(message.compact_result === 'failed' ? said('warn', `The conversation could not be compacted: ${message.compact_error ?? 'no reason given'}`) : []),
    ],
    'system/api_retry'({ attempt, max_retries, retry_delay_ms: delay_ms, error_status, error }) {
      const status = error_status ?? 0
      const text = `The API answered with ${status || 'a broken connection'} (${error}); trying again in ${Math.ceil(delay_ms / 1000)} s.`
      return said('warn', text, { code: 'api_retry', args: { attempt, max_retries, delay_ms, status, error } })
    },
    'system/compact_boundary'({ compact_metadata: { trigger, pre_tokens, post_tokens } }) {
      const args = { trigger, pre_tokens, ...(post_tokens === undefined ? {} : { post_tokens }) }
      return said('info', 'The conversation was compacted.', { code: 'compacted', args })
    },
    'system/hook_response': ({ outcome, hook_name, stderr, output, exit_code }) =>
      outcome === 'error' ? said('warn', `${hook_name}: ${stderr || output || `exit code ${exit_code ?? '?'}`}`, { source: 'hook' }) : [],
    'system/informational': ({ level, content }) => said(level === 'warning' ? 'warn' : 'info', content),
    'system/local_command_output': ({ uuid, content }) => [told({ type: 'claude_response', data: { message_id: uuid, content, stream: false, completed: true } })],
    'system/notification': ({ text }) => said('info', text),
    'system/plugin_install': ({ status, name, error }) =>
      status === 'failed' ? said('warn', `The plugin ${name ?? ''} could not be installed: ${error ?? 'no reason given'}`) : [],
    'system/mirror_error': ({ error }) => said('error', error),
    'system/session_writes_lost': ({ error_code }) => said('error', `Claude could not save its transcript: the disk is full (${error_code}).`),
    'system/memory_recall': ({ memories }) => (memories.length === 0 ? [] : said('info', `Recalled ${memories.length} from memory.`)),
    'system/model_refusal_fallback': ({ content }) => said('warn', content),
    'system/model_refusal_no_fallback': ({ content }) => said('warn', content),
    'system/background_tasks_changed': ({ tasks }) => [{ kind: 'background', tasks: tasks.filter((task) => !task.ambient).length, agents: tasks.filter(({ task_type }) => ASKING.has(task_type)).map(({ task_id }) => task_id) }],
    'system/commands_changed': ({ commands }) => [{ kind: 'settings', commands }],
    'system/task_started'({ task_id, description, is_backgrounded, tool_use_id }) {
      tasks.set(task_id, { description, inBackground: is_backgrounded === true, toolUseId: tool_use_id ?? null })
      return []
    },
    'system/task_updated'({ task_id, patch }) {
      const task = tasks.get(task_id)
      if (task && patch.is_backgrounded) task.inBackground = true
      return []
    },
    'system/task_notification'(message) {
      const task = tasks.get(message.task_id)
      tasks.delete(message.task_id)
      if (!task?.inBackground || message.ambient || message.skip_transcript) return []
      const { status, tool_use_id } = message
      // An agent's report was told as its own words already.
      const { summary_is_report: isReport } = message as { summary_is_report?: boolean }
      const args = { status, ...(tool_use_id === undefined ? {} : { tool_use_id }) }
      return said(status === 'failed' ? 'warn' : 'info', isReport ? `Agent "${task.description}": ${status}` : message.summary, { args })
    },
    auth_status: ({ error }) => (error === undefined ? [] : said('error', error)),
    rate_limit_event({ rate_limit_info: { status, resetsAt, rateLimitType } }) {
      if (status === 'allowed') return []
      const args = { status, ...(resetsAt === undefined ? {} : { resets_at: resetsAt }), ...(rateLimitType === undefined ? {} : { limit: rateLimitType }) }
      return said('warn', status === 'rejected' ? 'The usage limit is reached.' : 'The usage limit is near.', { args })
    },
    // Told by other messages as well, or news for other kinds of hosts.
    'system/permission_denied': nothing,
    'system/task_progress': nothing,
    'system/thinking_tokens': nothing,
    'system/hook_started': nothing,
    'system/hook_progress': nothing,
    'system/session_state_changed': nothing,
    'system/control_request_progress': nothing,
    'system/worker_shutting_down': nothing,
    'system/files_persisted': nothing,
    'system/elicitation_complete': nothing,
    tool_progress: nothing,
    tool_use_summary: nothing,
    prompt_suggestion: nothing,
  }

  return {
    handlers,
    /** What a newer CLI says and nobody knows yet is shown as it is. */
    unknown(input: unknown): Translated {
      unknown += 1
      return progress({ progress_type: 'init', detail: 'unknown', input })
    },
    unknownMessages: (): number => unknown,
    /** The tool use that started an agent; null when it is not known. */
    toolUseOfAgent: (agentId: string): string | null => tasks.get(agentId)?.toolUseId ?? null,
  }
}
