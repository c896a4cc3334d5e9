// Text and thinking as they are written: deltas with offsets, and each block once more when it is complete.
import type { SDKAssistantMessage, SDKPartialAssistantMessage } from '@anthropic-ai/claude-agent-sdk'
import { told, type Translated } from './facts.ts'

type Kind = 'claude_response' | 'thinking'
type OpenBlock = { of: Kind; messageId: string; parent: string | null; text: string; heldBack: string; completed: boolean }
type ContentBlock = SDKAssistantMessage['message']['content'][number]

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** The block as it is kept. `durationMs` is only known for thinking. */
function blockFact(block: Pick<OpenBlock, 'of' | 'messageId' | 'parent' | 'text'>, interrupted: boolean, durationMs?: number): Translated {
  const { of, messageId: message_id, parent, text: content } = block
  const more = { interrupted: interrupted || undefined, duration_ms: durationMs }
  return told({ type: of, data: { message_id, parent_tool_use_id: parent ?? undefined, content, stream: false, completed: true, ...more } })
}

/** Who writes: the main thread, or the agent started by a tool use. */
const lineOf = (parent: string | null): string => parent ?? ''

export type Blocks = ReturnType<typeof createBlocks>

export function createBlocks() {
  /** What is being written, by line and then by index in the API's message. */
  const lines = new Map<string, { apiId: string; open: Map<number, OpenBlock> }>()
  /** How many blocks of an API message are complete: the CLI sends each block in a message of its own, without its index. */
  const completed = new Map<string, number>()

  function grow(block: OpenBlock, piece: string): Translated[] {
    let content = block.heldBack + piece
    // An offset must never lie inside a surrogate pair.
    block.heldBack = isHighSurrogate(content.charCodeAt(content.length - 1)) ? content.slice(-1) : ''
    if (block.heldBack) content = content.slice(0, -1)
    if (content === '') return []
    const offset = block.text.length
    block.text += content
    const { of, messageId: message_id, parent } = block
    return [told({ type: 'delta', of, data: { message_id, parent_tool_use_id: parent ?? undefined, content, offset, stream: true, completed: false } })]
  }

  /** Blocks that will never be completed, with what they hold. */
  function abandon(line: string): Translated[] {
    const blocks = [...(lines.get(line)?.open.values() ?? [])].filter((block) => !block.completed && block.text !== '')
    lines.delete(line)
    return blocks.map((block) => blockFact(block, true))
  }

  function streamed(message: SDKPartialAssistantMessage): Translated[] {
    const { event, parent_tool_use_id: parent } = message
    const line = lineOf(parent)
    if (event.type === 'message_start') {
      // A retry begins a new message; what the first try had written stays as far as it came.
      const before = abandon(line)
      lines.set(line, { apiId: event.message.id, open: new Map() })
      return before
    }
    const current = lines.get(line)
    if (!current) return []
    if (event.type === 'content_block_start') {
      const start = event.content_block
      if (start.type !== 'text' && start.type !== 'thinking') return []
      const of: Kind = start.type === 'text' ? 'claude_response' : 'thinking'
      const block: OpenBlock = { of, messageId: `${current.apiId}:${event.index}`, parent, text: '', heldBack: '', completed: false }
      current.open.set(event.index, block)
      return grow(block, start.type === 'text' ? start.text : start.thinking)
    }
    if (event.type === 'content_block_delta') {
      const block = current.open.get(event.index)
      if (!block || block.completed) return []
      if (event.delta.type === 'text_delta') return grow(block, event.delta.text)
      if (event.delta.type === 'thinking_delta') return grow(block, event.delta.thinking)
    }
    return []
  }

  /** The index in the API's message of the next block that is told complete. */
  function nextIndex(apiId: string): number {
    const index = completed.get(apiId) ?? 0
    completed.set(apiId, index + 1)
    if (completed.size > 200) completed.delete(completed.keys().next().value!)
    return index
  }

  function complete(message: SDKAssistantMessage, content: ContentBlock): Translated[] {
    const index = nextIndex(message.message.id)
    const line = lineOf(message.parent_tool_use_id)
    const current = lines.get(line)
    // Another message than the one that was streamed takes its place: after a broken stream the answer may come whole.
    const before = current && current.apiId !== message.message.id ? abandon(line) : []
    if (content.type !== 'text' && content.type !== 'thinking') return before
    const open = current?.apiId === message.message.id ? current.open.get(index) : undefined
    if (open) open.completed = true
    const text = content.type === 'text' ? content.text : content.thinking
    if (text === '') return before
    const of: Kind = content.type === 'text' ? 'claude_response' : 'thinking'
    const { thinking_duration_ms: durationMs } = message as { thinking_duration_ms?: number }
    const block = { of, messageId: `${message.message.id}:${index}`, parent: message.parent_tool_use_id, text }
    return [...before, blockFact(block, message.aborted === true, of === 'thinking' ? durationMs : undefined)]
  }

  return { streamed, complete, abandonAll: (): Translated[] => [...lines.keys()].flatMap(abandon) }
}
