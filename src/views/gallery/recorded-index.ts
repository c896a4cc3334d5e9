// What the recordings of the real CLI show: which of its tools, and which messages of its SDK, are in which of them.
import type { Timeline } from '../../timeline/timeline.ts'

export type Recorded = { name: string; timeline: Timeline; tools: string[]; messages: string[] }
/** One tool or one kind of message, and the recordings that show it. */
export type IndexEntry = { what: string; names: string[] }

const nameOf = (file: string) => file.replace(/^.*\//, '').replace(/\.(?:timeline\.json|ndjson)$/, '')
const sorted = (list: Iterable<string>) => [...new Set(list)].sort((a, b) => a.localeCompare(b))

/** The CLI calls it Task in its list and takes it as Agent: what it was called by is shown. */
function toolsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'kind' in value && value.kind === 'tool' && 'tool' in value ? [String(value.tool)] : []
  return [...own, ...Object.values(value).flatMap(toolsOf)]
}

/** The kinds of the messages in a recording, one message a line. */
const messagesOf = (text: string): string[] =>
  text.trimEnd().split('\n').map((line) => {
    const { type, subtype } = JSON.parse(line) as { type: string; subtype?: string }
    return type === 'system' ? `system/${subtype}` : type
  })

/** `timelines`, `messages`: by file, as they lie among the fixtures. */
export function readRecorded(timelines: Record<string, Timeline>, messages: Record<string, string>): Recorded[] {
  const texts = new Map(Object.entries(messages).map(([file, text]) => [nameOf(file), text]))
  return Object.entries(timelines).map(([file, timeline]) => {
    const name = nameOf(file)
    return { name, timeline: { ...timeline, past: null }, tools: sorted(toolsOf(timeline)), messages: sorted(messagesOf(texts.get(name) ?? '')) }
  })
}

export const indexOf = (recorded: readonly Recorded[], by: 'tools' | 'messages'): IndexEntry[] =>
  sorted(recorded.flatMap((each) => each[by])).map((what) => ({ what, names: recorded.filter((each) => each[by].includes(what)).map(({ name }) => name) }))
