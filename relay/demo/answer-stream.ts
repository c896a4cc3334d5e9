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
const CUT_AFTER_MS = 50
const SIGNATURE = 'c2NyaXB0ZWQ='

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
      return { type: 'thinking', thinking: part.text, signature: SIGNATURE }
    case 'tool':
      return { type: 'tool_use', id: context.toolUseId(), name: part.name, input: part.input }
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

/** Thrown to drop the connection in the middle of an answer. */
export class StreamCut extends Error {}

const frame = (data: Block): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const delta = (index: number, change: Block): string => frame({ type: 'content_block_delta', index, delta: change })

/** A block that is not told piece by piece in text: a tool call, or one of the API's own kinds. */
function* framesOfBlock(block: Block, index: number): Generator<string> {
  const hasInput = block.type === 'tool_use' || block.type === 'server_tool_use'
  yield frame({ type: 'content_block_start', index, content_block: hasInput ? { ...block, input: {} } : block })
  if (hasInput) for (const partial_json of piecesOf(JSON.stringify(block.input), 64)) yield delta(index, { type: 'input_json_delta', partial_json })
  yield frame({ type: 'content_block_stop', index })
}

/**
 * The answer as frames of text/event-stream. Neighbouring texts are one block, even with a gate or a pause between them.
 * Returns early, without the closing events, on `hang` (the caller keeps the connection).
 */
export async function* streamAnswer(step: Step, context: AnswerContext): AsyncGenerator<string, 'done' | 'hang'> {
  const head = { id: context.messageId, type: 'message', role: 'assistant', model: context.request.body.model, content: [] }
  yield frame({ type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage: apiUsage(step.usage, 1) } })
  let index = 0
  let open: 'text' | 'thinking' | null = null
  function* close(): Generator<string> {
    if (open === null) return
    if (open === 'thinking') yield delta(index, { type: 'signature_delta', signature: SIGNATURE })
    yield frame({ type: 'content_block_stop', index })
    index += 1
    open = null
  }
  for (const part of step.parts) {
    switch (part.kind) {
      case 'gate':
        part.gate.arrive()
        await part.gate.opened
        break
      case 'pause':
        await context.wait(part.ms)
        break
      case 'garbage':
        yield part.text
        break
      case 'error':
        yield frame({ type: 'error', error: { type: part.errorType, message: part.message } })
        return 'done'
      case 'cut':
        // What was said before must have left this machine, or the cut would take it along.
        await context.wait(CUT_AFTER_MS)
        throw new StreamCut()
      case 'hang':
        return 'hang'
      case 'text':
      case 'thinking': {
        if (open !== part.kind) {
          yield* close()
          open = part.kind
          yield frame({ type: 'content_block_start', index, content_block: part.kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' } })
        }
        for (const piece of piecesOf(part.text, part.chunkChars ?? DEFAULT_CHUNK_CHARS)) {
          yield delta(index, part.kind === 'text' ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece })
          if (part.everyMs) await context.wait(part.everyMs)
        }
        break
      }
      default: {
        yield* close()
        const block = blockOf(part, context)
        if (block) yield* framesOfBlock(block, index++)
      }
    }
  }
  yield* close()
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
