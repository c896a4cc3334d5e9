// One line of a transcript: what it says of the conversation, if anything. The file is the CLI's own, so nothing in it is trusted.
import { fieldsOf, textOf, type Fields } from './facts.ts'

export type Entry = {
  uuid: string
  parent: string | null
  type: string
  fields: Fields
  /** Milliseconds since 1970; 0 when it does not say. */
  at: number
}

export function parseLine(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}

const timeOf = (value: unknown): number => (typeof value === 'string' ? Math.max(0, Math.floor(Date.parse(value)) || 0) : 0)

/** An entry of the chain that a conversation is; null for what the CLI only notes for itself. */
export function entryOf(fields: Fields): Entry | null {
  const uuid = textOf(fields.uuid)
  const type = textOf(fields.type)
  if (uuid === undefined || type === undefined) return null
  // Compacting begins a new chain, which says where the old one ended.
  const parent = textOf(fields.parentUuid) ?? textOf(fields.logicalParentUuid) ?? null
  return { uuid, parent, type, fields, at: timeOf(fields.timestamp) }
}

export const isSaid = ({ type, fields }: Entry): boolean => (type === 'user' || type === 'assistant') && fields.isSidechain !== true

/** What the CLI puts into the conversation by itself, in the place of a person. */
const OWN = /^<(local-command-stdout|local-command-stderr|local-command-caveat|bash-stdout|bash-stderr|task-notification|system-reminder)>|^Caveat: The messages below were generated|^\[Request interrupted by user/
const COMMAND = /<command-name>(\/[^<]{1,200})<\/command-name>/

/** Between the first such tag and the end that follows. An expression would look for that end anew from each tag: the square of the length. */
function within(text: string, tag: string): string | undefined {
  const from = text.indexOf(`<${tag}>`)
  const to = from < 0 ? -1 : text.indexOf(`</${tag}>`, from)
  return to < 0 ? undefined : text.slice(from + tag.length + 2, to)
}

/** As the person wrote it; null for what no person wrote. */
function asWritten(text: string): string | null {
  if (text.trim() === '' || OWN.test(text)) return null
  const command = COMMAND.exec(text)?.[1]
  if (command !== undefined) return `${command} ${within(text, 'command-args') ?? ''}`.trim()
  const shell = text.startsWith('<bash-input>') ? within(text, 'bash-input') : undefined
  return shell === undefined ? text : `! ${shell}`
}

/** The prompt that this entry is, or null. Pictures are only mentioned. */
export function promptOf({ type, fields }: Entry): string | null {
  if (type !== 'user' || fields.isMeta === true || fields.isCompactSummary === true || fields.isVisibleInTranscriptOnly === true) return null
  const { content } = fieldsOf(fields.message)
  if (typeof content === 'string') return asWritten(content)
  if (!Array.isArray(content)) return null
  const parts = content.map(fieldsOf)
  if (parts.some((part) => part.type === 'tool_result')) return null
  const texts = parts.flatMap((part) => (part.type === 'text' ? [asWritten(textOf(part.text) ?? '')] : part.type === 'image' ? ['[image]'] : []))
  const said = texts.filter((text) => text !== null)
  return said.length === 0 ? null : said.join('\n')
}

export const isCompacted = ({ type, fields }: Entry): boolean => type === 'system' && fields.subtype === 'compact_boundary'

/** Whether it is Claude's own text, which a reader would count. */
export function isAnswer({ type, fields }: Entry): boolean {
  const { content } = fieldsOf(fields.message)
  return type === 'assistant' && Array.isArray(content) && content.some((part) => fieldsOf(part).type === 'text')
}
