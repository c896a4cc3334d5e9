// The model of the main line, and how many tokens its last request put into the window.
import type { MessageOf } from './translate-rare.ts'

export type ContextFill = ReturnType<typeof createContextFill>

export function createContextFill() {
  let model = ''
  let tokens = 0

  return {
    model: (): string => model,
    tokens: (): number => tokens,
    named: (name: string): void => void (model = name),
    streamed({ event, parent_tool_use_id: parent }: MessageOf<'stream_event'>): void {
      if (parent !== null) return
      if (event.type === 'message_start') {
        const { usage } = event.message
        model = event.message.model
        tokens = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)
      }
      if (event.type === 'message_delta') tokens += event.usage.output_tokens
    },
  }
}
