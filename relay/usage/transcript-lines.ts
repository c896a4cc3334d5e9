// What a line of the CLI's transcript says of use: an answer of the API with its tokens. Pure; what is no such line is null.
import { costMicros, type Tokens } from './prices.ts'

export type TranscriptAnswer = {
  /** Message and request of the API: lines are repeated where a conversation was resumed or branched off. */
  entry: string
  conversationId: string
  /** How the CLI was started: `cli` in a terminal. */
  entrypoint: string | null
  folder: string | null
  model: string
  at: number
  tokens: Tokens
  costMicros: number | null
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const textOf = (value: unknown): string | null => (typeof value === 'string' && value.length > 0 && value.length <= 500 ? value : null)
/** No honest answer has more; a wrong number must not spoil a sum for ever. */
const mostTokens = 1e9
const countOf = (value: unknown): number => (typeof value === 'number' && value > 0 && value < mostTokens ? Math.round(value) : 0)

/** Before a line is parsed at all: most of a transcript is text of tools. */
export const mayTellUse = (line: string): boolean => line.includes('"usage"') && line.includes('"assistant"')

export function readTranscriptLine(line: string): TranscriptAnswer | null {
  if (!mayTellUse(line)) return null
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch {
    return null
  }
  if (!isFields(row) || row['type'] !== 'assistant') return null
  const message = fieldsOf(row['message'])
  const [id, model, conversationId] = [textOf(message['id']), textOf(message['model']), textOf(row['sessionId'])]
  const at = Date.parse(textOf(row['timestamp']) ?? '')
  // What the CLI wrote itself (`<synthetic>`) was asked of nobody.
  if (!id || !model || model.startsWith('<') || !conversationId || Number.isNaN(at) || !isFields(message['usage'])) return null
  const { usage } = message
  const tokens: Tokens = {
    input: countOf(usage['input_tokens']),
    output: countOf(usage['output_tokens']),
    cacheRead: countOf(usage['cache_read_input_tokens']),
    cacheWrite: countOf(usage['cache_creation_input_tokens']),
    cacheWrite1h: countOf(fieldsOf(usage['cache_creation'])['ephemeral_1h_input_tokens']),
  }
  return {
    entry: `${id}:${textOf(row['requestId']) ?? ''}`,
    conversationId,
    entrypoint: textOf(row['entrypoint']),
    folder: textOf(row['cwd']),
    model,
    at,
    tokens,
    costMicros: costMicros(model, tokens),
  }
}
