// What fills the context window, in the three parts that people know. Pure.
import type { SDKControlGetContextUsageResponse } from '@anthropic-ai/claude-agent-sdk'
import type { ContextUsage } from '#protocol'

/** Of the CLI's categories only what is in the window counts: not what is free, kept in reserve or loaded on demand. */
export function contextUsageOf({ maxTokens, categories }: Pick<SDKControlGetContextUsageResponse, 'maxTokens' | 'categories'>): ContextUsage {
  const usage: ContextUsage = { system: 0, mcp: 0, messages: 0, limit: maxTokens }
  for (const { id = 'system_prompt', kind, tokens } of categories) {
    if (kind !== 'used') continue
    usage[id === 'messages' ? 'messages' : id === 'mcp_tools' || id === 'mcp_instructions' ? 'mcp' : 'system'] += tokens
  }
  return usage
}
