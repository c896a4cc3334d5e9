// A prompt as the CLI reads it, unless it is too much.
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'
import { Refused } from '#protocol'
import type { ContentBlock } from './session-spec.ts'
import type { Turns } from './translate-turns.ts'

/** Of prompts that no turn has taken, some of which the CLI may not even have read. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

/**
 * `files`: ids of those that it names, which have to lie before Claude. `ownCommand`: only for a process that knows a command of this
 * name which is not the CLI's own. `trace`: for the log alone.
 */
export type Prompt = { id: string; content: string | ContentBlock[]; priority: 'next' | 'later' | 'now'; files?: readonly string[]; ownCommand?: string | null; trace?: string | null }

/** It waits for its turn from now on. */
export function promptMessage({ id, content, priority }: Prompt, turns: Pick<Turns, 'sent' | 'waitingBytes'>): SDKUserMessage {
  const bytes = Buffer.byteLength(JSON.stringify(content))
  if (bytes > MAX_WAITING_BYTES) throw new Refused('TOO_LARGE', 'the prompt is too large')
  if (bytes + turns.waitingBytes() > MAX_WAITING_BYTES) throw new Refused('BUSY', 'Claude does not take what it is sent', { retryAfterMs: 5_000 })
  turns.sent(id, bytes)
  const message = { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, priority, uuid: id, origin: { kind: 'human' } }
  return message as SDKUserMessage
}
