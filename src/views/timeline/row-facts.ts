// Facts about rows that the list needs without drawing them: their place in the log, what one copies, where keys stop.
import { describeCall } from '../../timeline/describe-tool.ts'
import { commandOutput, inputFields, plainText } from '../../timeline/tool-output.ts'
import type { ToolPart } from '../../timeline/timeline.ts'
import type { TimelineOutboxItem, TimelineRow } from './timeline-view.ts'

const CHANGES = new Set(['pencil-line', 'notebook-pen', 'file-plus-2'])

/** The newest seq that one has seen when one has seen this row; null when nothing of it is kept yet. */
export function seqOfRow(row: TimelineRow): number | null {
  if ('item' in row) return row.item.seq
  if ('parts' in row) return row.parts.at(-1)!.seq
  return 'part' in row ? row.part.seq : null
}

/** Where J and K stop: what somebody said, and where Claude takes over. */
export const isTurn = (row: TimelineRow): boolean => row.kind === 'prompt' || row.kind === 'note' || row.kind === 'turn'

/** Where [ and ] stop: calls that change a file. */
export const isChange = (row: TimelineRow): boolean => row.kind === 'tool' && CHANGES.has(describeCall(row.part.tool, row.part.input).icon)

/** What counts as new in "Latest, 3 new": things, not lines between them. */
const isNews = (row: TimelineRow): boolean =>
  row.kind === 'prompt' || row.kind === 'note' || row.kind === 'text' || row.kind === 'tool' || row.kind === 'quiet' || row.kind === 'ask' || row.kind === 'trouble'

/** How many things came after the row with this key; 0 when it is not there any more. */
export function countNews(rows: readonly TimelineRow[], afterKey: string): number {
  const from = rows.findLastIndex((row) => row.key === afterKey)
  return from === -1 ? 0 : rows.slice(from + 1).filter(isNews).length
}

/** Older rows were put before those that were there: the list keeps its place by its end. */
export function isShifted(before: readonly TimelineRow[], after: readonly TimelineRow[]): boolean {
  return before.length > 0 && after.length > before.length && after.at(-1)!.key === before.at(-1)!.key && after[0]!.key !== before[0]!.key
}

/** What C and the copy button put on the clipboard. */
export function copyTextOf(row: TimelineRow): string {
  if (row.kind === 'prompt' || row.kind === 'relayed' || row.kind === 'note') return row.item.content
  if (row.kind === 'text' || row.kind === 'thinking') return row.part.text
  if (row.kind === 'tool' || row.kind === 'ask') return copyTextOfTool(row.part)
  if (row.kind === 'trouble' || row.kind === 'notice') return row.part.text
  if (row.kind === 'outbox') return row.prompt.text
  if (row.kind === 'unknown') return JSON.stringify(row.part.data, null, 2)
  return ''
}

function copyTextOfTool(part: ToolPart): string {
  const { target } = describeCall(part.tool, part.input)
  if (target?.kind === 'path') return target.path
  if (target?.kind === 'page') return target.url
  if (target?.kind === 'command') return [target.text, commandOutput(part)].filter((text) => text !== '').join('\n')
  const input = inputFields(part.input).map(({ name, text }) => (name === '' ? text : `${name}: ${text}`))
  return [...input, plainText(part.output)].filter((text) => text !== '').join('\n')
}

/** Of what is on its way only prompts and notes are shown. */
export const isSaid = (item: TimelineOutboxItem): boolean => item.text !== '' && (item.type === 'claude_message' || commandOf(item) === 'note')

/** When something was sent last that is followed to the end: also a prompt written anew, which has no row before it is taken. */
export const lastSentAt = (outbox: readonly TimelineOutboxItem[]): number =>
  outbox.reduce((last, item) => (isSaid(item) || (item.text !== '' && commandOf(item) === 'rewind') ? Math.max(last, item.createdAt) : last), 0)

const commandOf = ({ data }: TimelineOutboxItem) => (typeof data === 'object' && data !== null && 'command' in data ? data.command : null)
