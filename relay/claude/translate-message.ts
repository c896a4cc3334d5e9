// One message of the CLI in, what it means in the relay's words out. No clock, no I/O: the same messages always mean the same.
import type { SDKAssistantMessage, SDKMessage, SDKSystemMessage, SDKUserMessage, SDKUserMessageReplay } from '@anthropic-ai/claude-agent-sdk'
import type { Todo } from '#protocol'
import type { Translated } from './facts.ts'
import { createApiErrors } from './api-errors.ts'
import { createApiUsage } from './api-usage.ts'
import { createBlocks } from './translate-blocks.ts'
import { createEnds } from './translate-end.ts'
import { createInits } from './translate-init.ts'
import { rareMessages, type Handlers, type MessageOf } from './translate-rare.ts'
import { createTools } from './translate-tools.ts'
import { createTurns, type CommandLifecycle } from './translate-turns.ts'

export type Translation = ReturnType<typeof createTranslation>

/** `todos` is what the list held when the session's last process ended. */
export function createTranslation({ conversationId, todos }: { conversationId: string | null; todos: readonly Todo[] }) {
  const blocks = createBlocks()
  const tools = createTools(todos)
  const turns = createTurns()
  const inits = createInits(conversationId)
  const apiErrors = createApiErrors()
  const apiUsage = createApiUsage()
  const ends = createEnds({ turns, blocks, tools, inits, apiUsage, apiErrors })
  const rare = rareMessages()
  let lastEntryId: string | null = null

  function init(message: SDKSystemMessage): Translated[] {
    const { user_message_uuids: promptIds = [] } = message as { user_message_uuids?: string[] }
    apiUsage.named(message.model)
    return [...turns.begun(promptIds), ...inits.told(message)]
  }

  function streamEvent(message: MessageOf<'stream_event'>): Translated[] {
    apiUsage.streamed(message)
    return blocks.streamed(message)
  }

  function assistant(message: SDKAssistantMessage): Translated[] {
    const isMainLine = message.parent_tool_use_id === null
    if (isMainLine) lastEntryId = message.uuid
    apiUsage.said(message)
    if (message.error !== undefined) return apiErrors.refused(message, message.error)
    const said = message.message.content.flatMap((block): Translated[] => {
      const blockFacts = blocks.complete(message, block)
      if (block.type === 'tool_use' || block.type === 'server_tool_use') return [...blockFacts, tools.started(message, block)]
      return block.type === 'text' || block.type === 'thinking' || block.type === 'redacted_thinking' ? blockFacts : [...blockFacts, rare.unknown(block)]
    })
    return isMainLine ? [...apiErrors.survived(), ...said] : said
  }

  function user(message: SDKUserMessage | SDKUserMessageReplay): Translated[] {
    if ('isReplay' in message && message.isReplay) return []
    if (message.parent_tool_use_id === null && message.uuid) lastEntryId = message.uuid
    const { content } = message.message
    if (message.isSynthetic || typeof content === 'string') return []
    return content.flatMap((block) => (block.type === 'tool_result' ? [tools.ended(message, block)] : []))
  }

  function conversationReset(): Translated[] {
    lastEntryId = null
    tools.forgetTodos()
    return [inits.cleared()]
  }

  /** Every member of the SDK's union has its line; the compiler and a test hold that. */
  const handlers: Handlers = {
    ...rare.handlers,
    'system/init': init,
    stream_event: streamEvent,
    assistant,
    user,
    result: (message) => ends.told(message, lastEntryId),
    conversation_reset: conversationReset,
  }
  const byKey: Record<string, (message: never) => Translated[]> = handlers

  return {
    translate(message: SDKMessage): Translated[] {
      if ((message.type as string) === 'command_lifecycle') return turns.lifecycle(message as unknown as CommandLifecycle)
      const handler = byKey[message.type === 'system' ? `system/${message.subtype}` : message.type]
      return handler ? handler(message as never) : [rare.unknown(message)]
    },
    /** The process is gone: whatever was open is ended with what it holds. */
    abandon: (): Translated[] => [...blocks.abandonAll(), ...tools.abandon(true)],
    ...{ turns, tools, untold: apiUsage.untold },
    toolUseOfAgent: rare.toolUseOfAgent,
    lastEntryId: (): string | null => lastEntryId,
    /** The CLI's own words when it refused to start. */
    startFailure: ends.startFailure,
    unknownMessages: rare.unknownMessages,
    /** What a test compares with the SDK's own list. */
    knownMessages: (): string[] => Object.keys(handlers),
  }
}
