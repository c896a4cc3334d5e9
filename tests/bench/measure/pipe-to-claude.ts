// The limit for the first token: the SDK, a prompt in, the first text out, and nothing in between.
import { query, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'

/** One process; `ask` resolves with the milliseconds until the first text, once the turn is over. */
export function pipeToClaude({ cwd, env }: { cwd: string; env: Record<string, string> }) {
  let wake: (prompt: string | null) => void = () => undefined
  async function* prompts(): AsyncGenerator<SDKUserMessage> {
    for (let prompt = await next; prompt !== null; prompt = await next) {
      next = new Promise<string | null>((resolve) => (wake = resolve))
      yield { type: 'user', message: { role: 'user', content: prompt }, parent_tool_use_id: null, session_id: '' }
    }
  }
  let next = new Promise<string | null>((resolve) => (wake = resolve))
  const messages = query({ prompt: prompts(), options: { cwd, env, systemPrompt: { type: 'preset', preset: 'claude_code' }, settingSources: ['user'], includePartialMessages: true } })
  return {
    async ask(prompt: string): Promise<number> {
      const began = performance.now()
      let tookMs = NaN
      wake(prompt)
      for (;;) {
        const { value, done } = await messages.next()
        if (done) throw new Error('Claude has ended')
        if (Number.isNaN(tookMs) && value.type === 'stream_event' && value.event.type === 'content_block_delta') tookMs = performance.now() - began
        if (value.type === 'result') return tookMs
      }
    },
    close(): void {
      wake(null)
      messages.close()
    },
  }
}
