// An error of the API comes dressed as an answer. That of the main line is told with the end of the turn, which it mostly brings.
import type { SDKAssistantMessage } from '@anthropic-ai/claude-agent-sdk'
import { progress, type Translated } from './facts.ts'
import type { ApiError } from './translate-result.ts'

const errorFact = ({ code, message }: ApiError, parent: string | null): Translated =>
  progress({ progress_type: 'error', parent_tool_use_id: parent ?? undefined, detail: message, input: { code } })

export type ApiErrors = ReturnType<typeof createApiErrors>

export function createApiErrors() {
  let ofMainLine: ApiError | null = null

  return {
    refused({ message, parent_tool_use_id: parent }: SDKAssistantMessage, code: string): Translated[] {
      const error = { code, message: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n') }
      if (parent !== null) return [errorFact(error, parent)]
      ofMainLine = error
      return []
    },
    /** The main line has gone on after an error: that error is not how the turn ends. */
    survived(): Translated[] {
      const survived = ofMainLine
      ofMainLine = null
      return survived ? [errorFact(survived, null)] : []
    },
    /** What the turn ends with. */
    take(): ApiError | null {
      const error = ofMainLine
      ofMainLine = null
      return error
    },
  }
}
