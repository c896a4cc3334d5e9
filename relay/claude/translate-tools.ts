// Tool calls: the start from the block that asks for one, the end from the message that carries its result.
import type { SDKAssistantMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'
import type { Todo } from '#protocol'
import { type Fields, fieldsOf, progress, type Translated } from './facts.ts'
import { editInfoOf } from './translate-edits.ts'
import { createTodos } from './translate-todos.ts'

type OpenTool = { name: string; input: Fields; parent: string | null; startedAt: number | null }

const timeOf = (timestamp: string | undefined): number | null => (timestamp === undefined ? null : Date.parse(timestamp))

/** What was only meant for the model. */
const clean = (text: string): string =>
  text
    .replaceAll(/\n*<system-reminder>[\s\S]*?<\/system-reminder>/g, '')
    .replaceAll(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/g, '$1')
    .replaceAll(/ \(file state is current in your context[^)]*\)/g, '')
    .trimEnd()

/** One text where all parts are text, else the parts as the API has them. */
function outputOf(content: unknown): unknown {
  if (typeof content === 'string') return clean(content)
  if (!Array.isArray(content)) return ''
  const texts = content.map((part) => (fieldsOf(part).type === 'text' ? String(fieldsOf(part).text) : undefined))
  return texts.every((text) => text !== undefined) ? clean(texts.join('\n')) : content
}

/** The CLI's word for a call that was cut off with its turn; a denial by a person carries that person's words. */
const STOPPED = 'User rejected tool use'

/** A failure's own text: what the model reads may have advice for it behind. */
const errorOf = (result: unknown): string | undefined => (typeof result === 'string' ? clean(result.replace(/^Error: /, '')) : undefined)

/** The call has returned and its work goes on beside the conversation. */
const isInBackground = (result: unknown): boolean => fieldsOf(result).status === 'async_launched' || typeof fieldsOf(result).backgroundTaskId === 'string'

/** An agent's report without the frame that tells the model whose words it is. */
function reportOf(result: unknown): string | undefined {
  const fields = fieldsOf(result)
  if (isInBackground(result)) return ''
  if (!Array.isArray(fields.content)) return undefined
  const texts = fields.content.map((part) => String(fieldsOf(part).text ?? ''))
  return texts.filter((text) => text !== '' && !text.startsWith('<tools-used')).join('\n')
}

const isAgent = (tool: string): boolean => tool === 'Agent' || tool === 'Task'

export type Tools = ReturnType<typeof createTools>

export function createTools(seedTodos: readonly Todo[]) {
  const open = new Map<string, OpenTool>()
  const todos = createTodos(seedTodos)

  function started(message: SDKAssistantMessage, block: { id: string; name: string; input: unknown }): Translated {
    const input = fieldsOf(block.input)
    const parent = message.parent_tool_use_id
    open.set(block.id, { name: block.name, input, parent, startedAt: timeOf(message.timestamp) })
    return progress({
      progress_type: 'tool_start',
      tool_use_id: block.id,
      parent_tool_use_id: parent ?? undefined,
      tool: block.name,
      input: block.input,
      edit_info: editInfoOf(block.name, input, undefined),
    })
  }

  function ended(message: SDKUserMessage, block: { tool_use_id: string; content?: unknown; is_error?: boolean }): Translated {
    const { tool_use_result: result, parent_tool_use_id: parent } = message
    const tool = open.get(block.tool_use_id)
    open.delete(block.tool_use_id)
    const name = tool?.name ?? 'unknown'
    const input = tool?.input ?? {}
    const isError = block.is_error === true
    const list = isError ? undefined : todos.after(name, input, result)
    const wasStopped = isError && result === STOPPED
    const own = isError ? errorOf(result) : isAgent(name) ? reportOf(result) : undefined
    const endedAt = timeOf(message.timestamp)
    return progress({
      progress_type: 'tool_end',
      tool_use_id: block.tool_use_id,
      parent_tool_use_id: parent ?? undefined,
      tool: name,
      detail: wasStopped ? 'interrupted' : isInBackground(result) ? 'background' : undefined,
      output: wasStopped ? '' : (own ?? outputOf(block.content)),
      is_error: isError,
      edit_info: list ? { type: 'todo', todos: [...list] } : isError ? undefined : editInfoOf(name, input, result),
      duration_ms: tool?.startedAt != null && endedAt !== null ? Math.max(0, endedAt - tool.startedAt) : undefined,
    })
  }

  /** Ended now, because nobody else will end it. */
  function cutOff([id, { name, parent }]: [string, OpenTool]): Translated {
    open.delete(id)
    const detail = 'interrupted'
    return progress({ progress_type: 'tool_end', tool_use_id: id, parent_tool_use_id: parent ?? undefined, tool: name, detail, output: '', is_error: true })
  }

  return {
    started,
    ended,
    /** Calls without a result. Those of agents in the background live on, unless `all`. */
    abandon(all: boolean): Translated[] {
      // An agent in the background has its own result already; one that the turn waited for has not.
      const lost = [...open].filter(([, tool]) => all || tool.parent === null || open.has(tool.parent))
      return lost.map(cutOff)
    },
    openCount: (): number => open.size,
    isOpen: (id: string): boolean => open.has(id),
    inputOf: (id: string): Record<string, unknown> | null => open.get(id)?.input ?? null,
    todos: todos.tasks,
    forgetTodos: todos.forget,
  }
}
