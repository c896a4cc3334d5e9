// One message of the CLI in, what it means in the relay's words out. No clock, no I/O: the same messages always mean the same.
import type { SDKAssistantMessage, SDKMessage, SDKResultMessage, SDKSystemMessage, SDKUserMessage, SDKUserMessageReplay } from '@anthropic-ai/claude-agent-sdk'
import type { Todo } from '#protocol'
import type { Translated } from './facts.ts'
import { createBlocks } from './translate-blocks.ts'
import * as notices from './translate-notices.ts'
import { outcomeOf, type ApiError } from './translate-result.ts'
import { createTools } from './translate-tools.ts'

type KeyOf<Message> = Message extends { type: 'system'; subtype: infer Subtype extends string }
  ? `system/${Subtype}`
  : Message extends { type: infer Type extends string }
    ? Type
    : never
export type MessageKey = KeyOf<SDKMessage>
type MessageOf<Key extends MessageKey> = Key extends `system/${infer Subtype}`
  ? Extract<SDKMessage, { type: 'system'; subtype: Subtype }>
  : Extract<SDKMessage, { type: Key }>

/** Sent by the CLI and not declared by the SDK: the way of each prompt through the CLI's own queue. */
type CommandLifecycle = { type: 'command_lifecycle'; command_uuid: string; state: string }

const nothing = (): Translated[] => []
const isReplay = (message: SDKUserMessage | SDKUserMessageReplay): boolean => 'isReplay' in message && message.isReplay

/** `todos` is what the list held when the session's last process ended. */
export function createTranslation(seed: { conversationId: string | null; todos: readonly Todo[] }) {
  const blocks = createBlocks()
  const tools = createTools(seed.todos)
  const tasks = new Map<string, { description: string; inBackground: boolean; toolUseId: string | null }>()
  let conversationId = seed.conversationId
  let turn: { promptIds: string[] } | null = null
  let started: string[] = []
  let knowsLifecycle = false
  let reset = false
  let model = ''
  let lastInit = ''
  let contextTokens = 0
  let costTotal = 0
  let apiError: ApiError | null = null
  let lastEntryId: string | null = null
  let unknown = 0
  let startFailure: string | null = null

  function begin(origin: 'prompt' | 'background', promptIds: string[]): Translated[] {
    turn = { promptIds: [...promptIds] }
    apiError = null
    return [{ kind: 'turn_began', origin, promptIds: [...promptIds] }]
  }

  function lifecycle({ command_uuid: promptId, state }: CommandLifecycle): Translated[] {
    knowsLifecycle = true
    if (state === 'started') {
      started.push(promptId)
      if (!turn) return begin('prompt', [promptId])
      turn.promptIds.push(promptId)
      return [{ kind: 'prompt_taken', promptId }]
    }
    const wasStarted = started.includes(promptId)
    if (state !== 'queued') started = started.filter((id) => id !== promptId)
    return state === 'cancelled' && !wasStarted ? [{ kind: 'prompt_dropped', promptId }] : []
  }

  function init(message: SDKSystemMessage): Translated[] {
    const out: Translated[] = []
    if (!turn) {
      const { user_message_uuids: promptIds = [] } = message as { user_message_uuids?: string[] }
      // An older CLI does not say what began the turn: whoever hands prompts over knows better.
      out.push(...begin(knowsLifecycle && promptIds.length === 0 ? 'background' : 'prompt', promptIds))
    }
    model = message.model
    if (message.session_id !== conversationId) {
      conversationId = message.session_id
      out.push({ kind: 'conversation', conversationId, cleared: reset })
    }
    reset = false
    const input = {
      model: message.model,
      permission_mode: message.permissionMode,
      version: message.claude_code_version,
      cwd: message.cwd,
      tools: message.tools,
      mcp_servers: message.mcp_servers.map(({ name, status }) => ({ name, status })),
    }
    // It comes with every turn; people only want to see what is new.
    const text = JSON.stringify(input)
    if (text !== lastInit) {
      lastInit = text
      out.push({ kind: 'settings', model: message.model, permissionMode: message.permissionMode })
      out.push({ kind: 'fact', fact: { type: 'progress', data: { progress_type: 'init', detail: message.model, input } } })
    }
    return out
  }

  function assistant(message: SDKAssistantMessage): Translated[] {
    if (message.parent_tool_use_id === null) lastEntryId = message.uuid
    if (message.error !== undefined) return refusedByApi(message, message.error)
    return [
      ...goneOn(message),
      ...message.message.content.flatMap((block): Translated[] => {
        const told = blocks.complete(message, block)
        if (block.type === 'tool_use' || block.type === 'server_tool_use') return [...told, tools.started(message, block)]
        return block.type === 'text' || block.type === 'thinking' || block.type === 'redacted_thinking' ? told : [...told, ...keepUnknown(block)]
      }),
    ]
  }

  const errorFact = (detail: string, code: string, parent: string | null): Translated => ({
    kind: 'fact',
    fact: { type: 'progress', data: { progress_type: 'error', ...(parent === null ? {} : { parent_tool_use_id: parent }), detail, input: { code } } },
  })

  /** An error of the API comes dressed as an answer. That of the main line is told with the end of the turn, which it mostly brings. */
  function refusedByApi(message: SDKAssistantMessage, code: string): Translated[] {
    const text = message.message.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
    if (message.parent_tool_use_id !== null) return [errorFact(text, code, message.parent_tool_use_id)]
    apiError = { code, message: text }
    return []
  }

  function goneOn(message: SDKAssistantMessage): Translated[] {
    if (apiError === null || message.parent_tool_use_id !== null) return []
    const { code, message: text } = apiError
    apiError = null
    return [errorFact(text, code, null)]
  }

  function user(message: SDKUserMessage | SDKUserMessageReplay): Translated[] {
    if (isReplay(message)) return []
    if (message.parent_tool_use_id === null && message.uuid) lastEntryId = message.uuid
    if (message.isSynthetic) return []
    const { content } = message.message
    if (typeof content === 'string') return []
    return content.flatMap((block) => (block.type === 'tool_result' ? [tools.ended(message, block)] : []))
  }

  function result(message: SDKResultMessage): Translated[] {
    const named = 'startup_failure_reason' in message ? message.startup_failure_reason : undefined
    // A conversation that is not on the disk is refused before any turn, without that name.
    const unnamed = !turn && lastInit === '' && message.is_error && message.num_turns === 0
    if (named !== undefined || unnamed) {
      startFailure = ('errors' in message ? message.errors.join('\n') : '') || named || message.subtype
      return notices.log({ level: 'error', source: 'claude', text: startFailure, code: 'other' })
    }
    const out: Translated[] = [...(turn ? [] : begin('background', [])), ...blocks.abandonAll(), ...tools.abandon(false)]
    const outcome = outcomeOf(message, { promptIds: turn?.promptIds ?? [], model, contextTokens, costBefore: costTotal, apiError, lastEntryId })
    costTotal = message.total_cost_usd
    turn = null
    if (outcome.localCommand === null) {
      const detail = outcome.status === 'failed' ? (outcome.error?.message ?? outcome.reason) : outcome.reason
      const progress_type = outcome.status === 'failed' ? 'error' : 'complete'
      out.push({ kind: 'fact', fact: { type: 'progress', data: { progress_type, detail, stats: outcome.stats } } })
    }
    out.push({ kind: 'turn_ended', outcome })
    return out
  }

  /** The window's fill is that of the main line's last request. */
  function streamEvent(message: MessageOf<'stream_event'>): Translated[] {
    const { event } = message
    if (message.parent_tool_use_id === null && event.type === 'message_start') {
      const { usage } = event.message
      model = event.message.model
      contextTokens = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)
    }
    if (message.parent_tool_use_id === null && event.type === 'message_delta') contextTokens += event.usage.output_tokens
    return blocks.streamed(message)
  }

  function conversationReset(): Translated[] {
    reset = true
    lastEntryId = null
    tools.forgetTodos()
    return notices.log({ level: 'info', source: 'claude', text: 'The conversation was cleared.', code: 'cleared' })
  }

  function keepUnknown(input: unknown): Translated[] {
    unknown += 1
    return [{ kind: 'fact', fact: { type: 'progress', data: { progress_type: 'init', detail: 'unknown', input } } }]
  }

  function taskStarted(message: MessageOf<'system/task_started'>): Translated[] {
    tasks.set(message.task_id, { description: message.description, inBackground: message.is_backgrounded === true, toolUseId: message.tool_use_id ?? null })
    return []
  }
  function taskUpdated({ task_id: id, patch }: MessageOf<'system/task_updated'>): Translated[] {
    const task = tasks.get(id)
    if (task && patch.is_backgrounded) task.inBackground = true
    return []
  }
  function taskNotification(message: MessageOf<'system/task_notification'>): Translated[] {
    const task = tasks.get(message.task_id)
    tasks.delete(message.task_id)
    return task?.inBackground ? notices.taskNotification(message, task.description) : []
  }

  /** Every member of the SDK's union has its line here; the compiler and a test hold that. */
  const handlers: { [Key in MessageKey]: (message: MessageOf<Key>) => Translated[] } = {
    assistant,
    user,
    result,
    stream_event: streamEvent,
    conversation_reset: conversationReset,
    'system/init': init,
    'system/status': notices.status,
    'system/api_retry': notices.apiRetry,
    'system/compact_boundary': notices.compacted,
    'system/hook_response': notices.hookResponse,
    'system/informational': notices.informational,
    'system/local_command_output': (message) => [
      { kind: 'fact', fact: { type: 'claude_response', data: { message_id: message.uuid, content: message.content, stream: false, completed: true } } },
    ],
    'system/notification': notices.notification,
    'system/plugin_install': notices.pluginInstall,
    'system/mirror_error': notices.mirrorError,
    'system/session_writes_lost': notices.writesLost,
    'system/memory_recall': notices.memoryRecall,
    'system/model_refusal_fallback': notices.refused,
    'system/model_refusal_no_fallback': notices.refused,
    'system/background_tasks_changed': (message) => [{ kind: 'background', tasks: message.tasks.filter((task) => !task.ambient).length }],
    'system/commands_changed': (message) => [{ kind: 'settings', commands: message.commands }],
    'system/task_started': taskStarted,
    'system/task_updated': taskUpdated,
    'system/task_notification': taskNotification,
    auth_status: notices.authStatus,
    rate_limit_event: notices.rateLimit,
    // Told by other messages as well, or news for other kinds of hosts; all of them are signs of life.
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
  const byKey: Record<string, (message: never) => Translated[]> = handlers

  return {
    translate(message: SDKMessage): Translated[] {
      if ((message.type as string) === 'command_lifecycle') return lifecycle(message as unknown as CommandLifecycle)
      const handler = byKey[message.type === 'system' ? `system/${message.subtype}` : message.type]
      return handler ? handler(message as never) : keepUnknown(message)
    },
    /** The process is gone: whatever was open is ended with what it holds. */
    abandon: (): Translated[] => [...blocks.abandonAll(), ...tools.abandon(true)],
    /** The prompts of the running turn; null between turns. */
    turn: (): readonly string[] | null => turn?.promptIds ?? null,
    lastEntryId: (): string | null => lastEntryId,
    conversationId: (): string | null => conversationId,
    /** The CLI's own words when it refused to start. */
    startFailure: (): string | null => startFailure,
    openTools: tools.openCount,
    isToolOpen: tools.isOpen,
    toolInput: tools.inputOf,
    /** The tool use that started an agent; null when it is not known. */
    toolUseOfAgent: (agentId: string): string | null => tasks.get(agentId)?.toolUseId ?? null,
    todos: tools.todos,
    unknownMessages: (): number => unknown,
    /** What a test compares with the SDK's own list. */
    knownMessages: (): string[] => Object.keys(handlers),
  }
}
