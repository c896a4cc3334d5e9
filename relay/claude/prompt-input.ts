// The open end of a CLI process's input: prompts are pushed in, the SDK pulls them out.
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'

export type PromptInput = {
  push(message: SDKUserMessage): void
  /** No more prompts: the process ends by itself when it has answered. */
  close(): void
  stream(): AsyncGenerator<SDKUserMessage>
}

export function createPromptInput(): PromptInput {
  const waiting: SDKUserMessage[] = []
  let closed = false
  let wake = (): void => {}
  return {
    push(message) {
      waiting.push(message)
      wake()
    },
    close() {
      closed = true
      wake()
    },
    async *stream() {
      for (;;) {
        for (let message = waiting.shift(); message; message = waiting.shift()) yield message
        if (closed) return
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
