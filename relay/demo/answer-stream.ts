// Turns one scripted answer into the Messages API's wire format: a stream of server-sent events, or one JSON document.
import type { Part, Step, TokenUsage } from './script.ts'
import type { ScriptedRequest } from './scripted-request.ts'

export type AnswerContext = {
  request: ScriptedRequest
  messageId: string
  toolUseId(): string
  wait(ms: number): Promise<void>
}

type Block = { type: string; [field: string]: unknown }
const DEFAULT_CHUNK_CHARS = 24

const apiUsage = (usage: TokenUsage, outputTokens: number) => ({
  input_tokens: usage.input ?? 12,
  output_tokens: outputTokens,
  cache_read_input_tokens: usage.cacheRead ?? 0,
  cache_creation_input_tokens: usage.cacheWrite ?? 0,
})

const outputTokensOf = (step: Step): number =>
  step.usage.output ?? Math.max(1, Math.round(step.parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 8), 0) / 4))

const stopReasonOf = (step: Step): string => step.stopReason ?? (step.parts.some((part) => part.kind === 'tool') ? 'tool_use' : 'end_turn')

/** A part as a finished content block; undefined for parts that only steer the stream. */
function blockOf(part: Part, context: AnswerContext): Block | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'thinking':
      return { type: 'thinking', thinking: part.text, signature: 'c2NyaXB0ZWQ=' }
    case 'tool':
      return {
        type: 'tool_use',
        id: context.toolUseId(),
        name: part.name,
        input: typeof part.input === 'function' ? part.input(context.request) : part.input,
      }
    case 'block':
      return part.block
    default:
      return undefined
  }
}

/** Cuts a text into pieces of about `chars` UTF-16 units, never inside a surrogate pair. */
function* piecesOf(text: string, chars: number): Generator<string> {
  let piece = ''
  for (const character of text) {
    piece += character
    if (piece.length >= chars) {
      yield piece
      piece = ''
    }
  }
  if (piece) yield piece
}

const emptied = (block: Block): Block => {
  if (block.type === 'text') return { type: 'text', text: '' }
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return block.type === 'tool_use' || block.type === 'server_tool_use' ? { ...block, input: {} } : block
}

/** The deltas that fill an emptied block again. */
function* deltasOf(block: Block, chunkChars: number): Generator<Block> {
  if (block.type === 'text') for (const text of piecesOf(String(block.text), chunkChars)) yield { type: 'text_delta', text }
  if (block.type === 'thinking') {
    for (const thinking of piecesOf(String(block.thinking), chunkChars)) yield { type: 'thinking_delta', thinking }
    yield { type: 'signature_delta', signature: block.signature }
  }
  if (block.type === 'tool_use' || block.type === 'server_tool_use') {
    for (const partial_json of piecesOf(JSON.stringify(block.input), 64)) yield { type: 'input_json_delta', partial_json }
  }
}

/** Thrown to drop the connection in the middle of an answer. */
export class StreamCut extends Error {}

/** The answer as frames of text/event-stream. Returns early, without the closing events, on `hang` (the caller keeps the connection). */
export async function* streamAnswer(step: Step, context: AnswerContext): AsyncGenerator<string, 'done' | 'hang'> {
  const frame = (data: Block): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const head = { id: context.messageId, type: 'message', role: 'assistant', model: context.request.body.model, content: [] }
  yield frame({ type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage: apiUsage(step.usage, 1) } })
  let index = 0
  for (const part of step.parts) {
    if (part.kind === 'gate') {
      part.gate.arrive()
      await part.gate.opened
    } else if (part.kind === 'pause') await context.wait(part.ms)
    else if (part.kind === 'garbage') yield part.text
    else if (part.kind === 'error') {
      yield frame({ type: 'error', error: { type: part.errorType, message: part.message } })
      return 'done'
    } else if (part.kind === 'cut') throw new StreamCut()
    else if (part.kind === 'hang') return 'hang'

    const block = blockOf(part, context)
    if (!block) continue
    const pace = part.kind === 'text' || part.kind === 'thinking' ? part : {}
    yield frame({ type: 'content_block_start', index, content_block: emptied(block) })
    for (const delta of deltasOf(block, pace.chunkChars ?? DEFAULT_CHUNK_CHARS)) {
      yield frame({ type: 'content_block_delta', index, delta })
      if (pace.everyMs) await context.wait(pace.everyMs)
    }
    yield frame({ type: 'content_block_stop', index })
    index += 1
  }
  const usage = { output_tokens: outputTokensOf(step) }
  yield frame({ type: 'message_delta', delta: { stop_reason: stopReasonOf(step), stop_sequence: null }, usage })
  yield frame({ type: 'message_stop' })
  return 'done'
}

/** The whole answer as one document, for requests without `stream`. */
export async function wholeAnswer(step: Step, context: AnswerContext): Promise<Record<string, unknown>> {
  for (const part of step.parts) {
    if (part.kind === 'pause') await context.wait(part.ms)
    if (part.kind !== 'gate') continue
    part.gate.arrive()
    await part.gate.opened
  }
  return {
    id: context.messageId,
    type: 'message',
    role: 'assistant',
    model: context.request.body.model,
    content: step.parts.flatMap((part) => blockOf(part, context) ?? []),
    stop_reason: stopReasonOf(step),
    stop_sequence: null,
    usage: apiUsage(step.usage, outputTokensOf(step)),
  }
}
