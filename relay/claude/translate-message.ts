// One message of the CLI in, what it means in the relay's words out. No clock, no I/O: the same messages always mean the same.
import type { SDKAssistantMessage, SDKMessage, SDKResultMessage, SDKSystemMessage, SDKUserMessage, SDKUserMessageReplay } from '@anthropic-ai/claude-agent-sdk'
import type { Todo } from '#protocol'
import { logged, progress, type Translated } from './facts.ts'
import { createBlocks } from './translate-blocks.ts'
import { rareMessages, type Handlers, type MessageOf } from './translate-rare.ts'
import { outcomeOf, type ApiError } from './translate-result.ts'
import { createTools } from './translate-tools.ts'
import { createTurns, type CommandLifecycle } from './translate-turns.ts'

/** `todos` is what the list held when the session's last process ended. */
export function createTranslation({ conversationId, todos }: { conversationId: string | null; todos: readonly Todo[] }) {
  const blocks = createBlocks()
  const tools = createTools(todos)
  const turns = createTurns()
  let wasCleared = false
  let model = ''
  let lastInit = ''
  let contextTokens = 0
  let costTotal = 0
  let apiError: ApiError | null = null
  let lastEntryId: string | null = null
  let unknown = 0
  let startFailure: string | null = null

  function init(message: SDKSystemMessage): Translated[] {
    const { user_message_uuids: promptIds = [] } = message as { user_message_uuids?: string[] }
    const out = turns.begun(promptIds)
    model = message.model
    if (message.session_id !== conversationId) {
      conversationId = message.session_id
      out.push({ kind: 'conversation', conversationId, cleared: wasCleared })
    }
    wasCleared = false
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
    if (text === lastInit) return out
    lastInit = text
    return [...out, { kind: 'settings', model, permissionMode: message.permissionMode }, progress({ progress_type: 'init', detail: model, input })]
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

  function assistant(message: SDKAssistantMessage): Translated[] {
    const isMainLine = message.parent_tool_use_id === null
    if (isMainLine) lastEntryId = message.uuid
    if (message.error !== undefined) return refusedByApi(message, message.error)
    // The main line has gone on after an error: that error is not how the turn ends.
    const before = isMainLine && apiError ? [errorFact(apiError, null)] : []
    if (isMainLine) apiError = null
    const said = message.message.content.flatMap((block): Translated[] => {
      const blockFacts = blocks.complete(message, block)
      if (block.type === 'tool_use' || block.type === 'server_tool_use') return [...blockFacts, tools.started(message, block)]
      return block.type === 'text' || block.type === 'thinking' || block.type === 'redacted_thinking' ? blockFacts : [...blockFacts, keepUnknown(block)]
    })
    return [...before, ...said]
  }

  const errorFact = ({ code, message }: ApiError, parent: string | null): Translated =>
    progress({ progress_type: 'error', parent_tool_use_id: parent ?? undefined, detail: message, input: { code } })

  /** An error of the API comes dressed as an answer. That of the main line is told with the end of the turn, which it mostly brings. */
  function refusedByApi({ message, parent_tool_use_id: parent }: SDKAssistantMessage, code: string): Translated[] {
    const error = { code, message: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n') }
    if (parent !== null) return [errorFact(error, parent)]
    apiError = error
    return []
  }

  function user(message: SDKUserMessage | SDKUserMessageReplay): Translated[] {
    if ('isReplay' in message && message.isReplay) return []
    if (message.parent_tool_use_id === null && message.uuid) lastEntryId = message.uuid
    const { content } = message.message
    if (message.isSynthetic || typeof content === 'string') return []
    return content.flatMap((block) => (block.type === 'tool_result' ? [tools.ended(message, block)] : []))
  }

  function result(message: SDKResultMessage): Translated[] {
    const named = 'startup_failure_reason' in message ? message.startup_failure_reason : undefined
    // A conversation that is not on the disk is refused before any turn, without that name.
    const unnamed = !turns.running() && lastInit === '' && message.is_error && message.num_turns === 0
    if (named !== undefined || unnamed) {
      startFailure = ('errors' in message ? message.errors.join('\n') : '') || named || message.subtype
      return [logged({ level: 'error', source: 'claude', text: startFailure, code: 'other' })]
    }
    const out = [...turns.begunUnseen(), ...blocks.abandonAll(), ...tools.abandon(false)]
    const outcome = outcomeOf(message, { promptIds: [...turns.running()!], model, contextTokens, costBefore: costTotal, apiError, lastEntryId })
    costTotal = message.total_cost_usd
    apiError = null
    turns.ended(outcome.promptIds)
    if (outcome.localCommand === null) {
      const isFailure = outcome.status === 'failed'
      const detail = (isFailure && outcome.error?.message) || outcome.reason
      out.push(progress({ progress_type: isFailure ? 'error' : 'complete', detail, stats: outcome.stats }))
    }
    return [...out, { kind: 'turn_ended', outcome }]
  }

  function conversationReset(): Translated[] {
    wasCleared = true
    lastEntryId = null
    tools.forgetTodos()
    return [logged({ level: 'info', source: 'claude', text: 'The conversation was cleared.', code: 'cleared' })]
  }

  function keepUnknown(input: unknown): Translated {
    unknown += 1
    return progress({ progress_type: 'init', detail: 'unknown', input })
  }

  const rare = rareMessages()
  /** Every member of the SDK's union has its line; the compiler and a test hold that. */
  const handlers: Handlers = { ...rare.handlers, assistant, user, result, stream_event: streamEvent, conversation_reset: conversationReset, 'system/init': init }
  const byKey: Record<string, (message: never) => Translated[]> = handlers

  return {
    translate(message: SDKMessage): Translated[] {
      if ((message.type as string) === 'command_lifecycle') return turns.lifecycle(message as unknown as CommandLifecycle)
      const handler = byKey[message.type === 'system' ? `system/${message.subtype}` : message.type]
      return handler ? handler(message as never) : [keepUnknown(message)]
    },
    /** The process is gone: whatever was open is ended with what it holds. */
    abandon: (): Translated[] => [...blocks.abandonAll(), ...tools.abandon(true)],
    turns,
    tools,
    toolUseOfAgent: rare.toolUseOfAgent,
    lastEntryId: (): string | null => lastEntryId,
    /** The CLI's own words when it refused to start. */
    startFailure: (): string | null => startFailure,
    unknownMessages: (): number => unknown,
    /** What a test compares with the SDK's own list. */
    knownMessages: (): string[] => Object.keys(handlers),
  }
}
