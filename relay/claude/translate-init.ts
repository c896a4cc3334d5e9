// The CLI says how it is set up, with each turn: people only want to see what is new.
import type { SDKSystemMessage } from '@anthropic-ai/claude-agent-sdk'
import { logged, progress, type Translated } from './facts.ts'

export type Inits = ReturnType<typeof createInits>

export function createInits(conversationId: string | null) {
  let wasCleared = false
  let last = ''

  return {
    told(message: SDKSystemMessage): Translated[] {
      const out: Translated[] = []
      if (message.session_id !== conversationId) {
        conversationId = message.session_id
        out.push({ kind: 'conversation', conversationId, cleared: wasCleared })
      }
      wasCleared = false
      const { model, permissionMode } = message
      const input = {
        model,
        permission_mode: permissionMode,
        version: message.claude_code_version,
        cwd: message.cwd,
        tools: message.tools,
        mcp_servers: message.mcp_servers.map(({ name, status }) => ({ name, status })),
      }
      const text = JSON.stringify(input)
      if (text === last) return out
      last = text
      return [...out, { kind: 'settings', model, permissionMode }, progress({ progress_type: 'init', detail: model, input })]
    },
    /** Nothing was told so far: no turn has begun. */
    isFirst: (): boolean => last === '',
    /** The next conversation is a new, empty one. */
    cleared(): Translated {
      wasCleared = true
      return logged({ level: 'info', source: 'claude', text: 'The conversation was cleared.', code: 'cleared' })
    },
  }
}
