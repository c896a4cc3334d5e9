// The relay's log: one JSON line per fact. Nothing secret and no control character may pass through here.
import type { Clock } from '../clock.ts'

type LogFields = Record<string, unknown>

export type Log = {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

const maxTextLength = 8_192
const maxDepth = 6
const maxEntries = 64

const hidden = '[redacted]'

// A name that promises a secret hides a text of any shape; numbers such as input_tokens stay readable.
const secretName = /token|secret|password|passwd|authorization|cookie|credential|api[_-]?key|private[_-]?key|jwt|bearer/i
const secretTexts: [RegExp, string][] = [
  [/eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?/g, hidden],
  [/\bens_[\w-]+/g, `ens_${hidden}`],
  [/\bsk-[\w-]{8,}/g, `sk-${hidden}`],
  [/\bbearer[\s.]+[^\s,"']+/gi, `Bearer ${hidden}`],
  [/([?&#](?:access_|refresh_|id_)?(?:token|code|key|secret|password)=)[^&#\s"']*/gi, `$1${hidden}`],
]

/** Every secret text has one of these in it, and hardly any other text has. */
const suspicious = /eyJ|ens_|sk-|bearer|[?&#]/i

// JSON.stringify escapes only C0. A terminal also obeys DEL and C1, and people are misled by bidi marks.
const controls = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const escapeControl = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

function cleanText(text: string): string {
  // Cut first and with room to spare: a secret that is cut in the middle must still be recognised.
  let clean = text.length > maxTextLength * 2 ? text.slice(0, maxTextLength * 2) : text
  if (suspicious.test(clean)) for (const [pattern, replacement] of secretTexts) clean = clean.replace(pattern, replacement)
  return clean.length > maxTextLength ? `${clean.slice(0, maxTextLength)}…` : clean
}

function cleanValue(value: unknown, name: string, depth: number): unknown {
  if (typeof value === 'string') return secretName.test(name) && value !== '' ? hidden : cleanText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return '[deep]'
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code
    return cleanValue({ name: value.name, message: value.message, code, stack: value.stack }, name, depth + 1)
  }
  if (value instanceof Date) return value.toJSON()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.slice(0, maxEntries).map((entry) => cleanValue(entry, name, depth + 1))
  const clean: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value).slice(0, maxEntries)) {
    clean[cleanText(key)] = cleanValue(entry, secretName.test(name) ? name : key, depth + 1)
  }
  return clean
}

/** A log that hands each line, without its newline, to `write`. Fields may be anything; secrets in them are hidden. */
export function createLog(write: (line: string) => void, clock: Pick<Clock, 'now'>): Log {
  function line(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
    let text: string
    try {
      const clean = cleanValue(fields, '', 0) as LogFields
      text = JSON.stringify({ ...clean, time: clock.now(), level, event: cleanText(event) })
    } catch (problem) {
      // A getter that throws or a cycle deeper than the cap: the fact itself must still be seen.
      text = JSON.stringify({ time: clock.now(), level, event: cleanText(event), unloggable: String(problem) })
    }
    write(text.replace(controls, escapeControl))
  }
  return {
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, fields) => line('error', event, fields),
  }
}
