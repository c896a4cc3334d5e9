// The open end of a CLI process's input: prompts are pushed in, the SDK pulls them out.
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'

/** Not a stream of Node's: that would take its time, and a Stop would overtake the prompt that was sent before it. */
export function createPromptInput() {
  const waiting: SDKUserMessage[] = []
  let closed = false
  let wake = (): void => {}
  return {
    push(message: SDKUserMessage): void {
      waiting.push(message)
      wake()
    },
    /** No more prompts: the process ends by itself when it has answered. */
    close(): void {
      closed = true
      wake()
    },
    async *stream(): AsyncGenerator<SDKUserMessage> {
      for (;;) {
        for (let message = waiting.shift(); message; message = waiting.shift()) yield message
        if (closed) return
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
