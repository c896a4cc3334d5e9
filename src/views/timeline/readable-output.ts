// The result of an unknown tool in the most readable form it has: an object as fields, anything else as text.
import { plainText } from '../../timeline/tool-output.ts'

type ReadableOutput = { kind: 'fields'; fields: Record<string, unknown> } | { kind: 'text'; text: string }

/** JSON beyond this is shown as it came. */
const MOST_CHARS = 64 * 1024

export function readableOutput(output: unknown): ReadableOutput {
  const text = plainText(output)
  const parsed = text === '' ? output : parse(text)
  if (isFields(parsed) && Object.keys(parsed).length > 0) return { kind: 'fields', fields: parsed }
  if (text !== '') return { kind: 'text', text: parsed === undefined || typeof parsed !== 'object' ? text : JSON.stringify(parsed, null, 2) }
  return { kind: 'text', text: output === null || output === undefined || output === '' ? '' : JSON.stringify(output, null, 2) }
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): unknown {
  if (text.length > MOST_CHARS || !/^\s*[{[]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Looked like JSON and is none: text.
    return undefined
  }
}
