// Long inputs and outputs of tools: what everybody is shown is short, the whole is kept for who asks for it.
import { LIMITS, type Progress } from '#protocol'

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
const maxEntries = 200

/** The same value with its longest texts and lists cut until its JSON fits; itself when it fits already. */
export function cutTexts<T>(value: T, maxBytes: number = LIMITS.toolTextBytes): T {
  if (bytesOf(value) <= maxBytes) return value
  for (let maxChars = maxBytes / 2; maxChars >= 16; maxChars /= 2) {
    const cut = cutTo(value, Math.floor(maxChars))
    if (bytesOf(cut) <= maxBytes) return cut as T
  }
  // Countless small pieces: the beginning of its JSON says more than nothing.
  return cutText(JSON.stringify(value), maxBytes / 4) as T
}

function cutTo(value: unknown, maxChars: number): unknown {
  if (typeof value === 'string') return cutText(value, maxChars)
  if (Array.isArray(value)) return value.slice(0, maxEntries).map((each) => cutTo(each, maxChars))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cutTo(each, maxChars)]))
}

/** Never inside a surrogate pair. */
function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  return `${text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '')}…`
}

export type Whole = { toolUseId: string; part: 'input' | 'output'; text: string }

/** Where the whole of a tool's input or output is. */
const wholeUrl = (sessionId: string, toolUseId: string, part: Whole['part']): string =>
  `/api/v1/claude/sessions/${encodeURIComponent(sessionId)}/tools/${encodeURIComponent(toolUseId)}/${part}`

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

type ToldProgress = Omit<Progress, 'session_id' | 'execution_id'>

/** The progress that people are told, and what has to be kept because it was cut out of it. */
export function cutProgress(progress: ToldProgress, sessionId: string): { progress: ToldProgress; wholes: Whole[] } {
  const wholes: Whole[] = []
  const told: ToldProgress = { ...progress }
  for (const part of ['input', 'output'] as const) {
    const value = progress[part]
    if (value === undefined || bytesOf(value) <= LIMITS.toolTextBytes) continue
    told[part] = cutTexts(value)
    if (!progress.tool_use_id) continue
    const text = textOf(value)
    wholes.push({ toolUseId: progress.tool_use_id, part, text })
    told[`${part}_cut`] = { bytes: Buffer.byteLength(text), url: wholeUrl(sessionId, progress.tool_use_id, part) }
  }
  const edit = progress.edit_info && cutTexts<object>(progress.edit_info)
  if (edit) told.edit_info = typeof edit === 'object' ? (edit as ToldProgress['edit_info']) : null
  return { progress: told, wholes }
}
