// What the answers of the API say of themselves: the model of the main line, how many tokens its last request put into the window, and what each has used since the last result.
import type { SDKAssistantMessage } from '@anthropic-ai/claude-agent-sdk'
import { fieldsOf, type ApiUse } from './facts.ts'
import type { MessageOf } from './translate-rare.ts'

export type ApiUsage = ReturnType<typeof createApiUsage>

const countOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)

function tokensOf(usage: unknown): ApiUse['tokens'] {
  const told = fieldsOf(usage)
  return {
    input: countOf(told['input_tokens']),
    output: countOf(told['output_tokens']),
    cacheRead: countOf(told['cache_read_input_tokens']),
    cacheWrite: countOf(told['cache_creation_input_tokens']),
    cacheWrite1h: countOf(fieldsOf(told['cache_creation'])['ephemeral_1h_input_tokens']),
  }
}

/** Later words of one answer count on from the earlier ones, or leave them out. */
const most = (one: ApiUse['tokens'], other: ApiUse['tokens']): ApiUse['tokens'] => ({
  input: Math.max(one.input, other.input),
  output: Math.max(one.output, other.output),
  cacheRead: Math.max(one.cacheRead, other.cacheRead),
  cacheWrite: Math.max(one.cacheWrite, other.cacheWrite),
  cacheWrite1h: Math.max(one.cacheWrite1h, other.cacheWrite1h),
})

export function createApiUsage() {
  /** By the id of the API's message; the CLI tells one answer in several messages. */
  const answers = new Map<string, ApiUse>()
  /** Which answer is being written, by whoever writes: the main thread, or an agent. */
  const writing = new Map<string, string>()
  let model = ''
  let inWindow = 0

  function told(id: string, by: string, usage: unknown): void {
    // What the CLI wrote itself (`<synthetic>`) was asked of nobody.
    if (!by.startsWith('<')) answers.set(id, { model: by, tokens: most(answers.get(id)?.tokens ?? tokensOf(null), tokensOf(usage)) })
  }

  function fill({ event }: MessageOf<'stream_event'>): void {
    if (event.type === 'message_start') {
      const { input, cacheRead, cacheWrite } = tokensOf(event.message.usage)
      model = event.message.model
      inWindow = input + cacheRead + cacheWrite
    }
    if (event.type === 'message_delta') inWindow += event.usage.output_tokens
  }

  return {
    model: (): string => model,
    inWindow: (): number => inWindow,
    named: (name: string): void => void (model = name),
    streamed(message: MessageOf<'stream_event'>): void {
      const { event, parent_tool_use_id: parent } = message
      if (parent === null) fill(message)
      if (event.type === 'message_start') {
        writing.set(parent ?? '', event.message.id)
        told(event.message.id, event.message.model, event.message.usage)
      }
      if (event.type !== 'message_delta') return
      const id = writing.get(parent ?? '') ?? ''
      const answer = answers.get(id)
      if (answer) told(id, answer.model, event.usage)
    },
    said: ({ message }: SDKAssistantMessage): void => told(message.id, message.model, message.usage),
    /** What no result has told of, once: all that is known of a turn whose end nobody tells. */
    untold(): ApiUse[] {
      const all = [...answers.values()]
      answers.clear()
      return all
    },
  }
}
