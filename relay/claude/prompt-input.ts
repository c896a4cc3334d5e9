// The open end of a CLI process's input: prompts are pushed in, the SDK pulls them out.
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'

export type PromptInput = {
  push(message: SDKUserMessage): void
  /** Bytes of prompts that were not pulled yet. */
  waitingBytes(): number
  /** No more prompts: the process ends by itself when it has answered. */
  close(): void
  stream(): AsyncGenerator<SDKUserMessage>
}

export const bytesOf = (content: unknown): number => Buffer.byteLength(JSON.stringify(content))

export function createPromptInput(): PromptInput {
  const waiting: SDKUserMessage[] = []
  let closed = false
  let wake = (): void => {}
  return {
    waitingBytes: () => waiting.reduce((sum, message) => sum + bytesOf(message.message.content), 0),
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
