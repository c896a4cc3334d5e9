// A session to take away: Markdown for people, JSON for programs. Pure: words and times are handed in.
import { describeTool, diffOfTool, type ToolTarget } from './describe-tool.ts'
import type { Diff } from './diff-hunks.ts'
import { commandOutput, inputFields, plainText } from './tool-output.ts'
import type { Ask, Item, Outcome, Part, Timeline, ToolPart } from './timeline.ts'
import { visibleText } from './visible-text.ts'

export type ExportOptions = {
  title: string
  /** A moment as people write it. */
  timeOf: (at: number) => string
  /** The page's words: keys of the catalogue, with values and a count. */
  word: (key: string, values?: Record<string, unknown>, count?: number) => string
}

export function exportMarkdown(timeline: Timeline, options: ExportOptions): string {
  const parts = [`# ${oneLine(options.title)}`, ...timeline.items.map((item) => itemMarkdown(item, options))]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Everything that is loaded, as data. `version` rises when a field changes its meaning. */
export function exportJson(timeline: Timeline, { title, exportedAt }: { title: string; exportedAt: number }): string {
  const { items, executions, todos, firstSeq, seq } = timeline
  const head = { format: 'ensemble-timeline', version: 1, title, exported_at: exportedAt, first_seq: firstSeq, seq }
  return `${JSON.stringify({ ...head, executions, todos, items }, null, 2)}\n`
}

/** One item alone: what *Copy* puts on the clipboard. */
export function itemMarkdown(item: Item, options: ExportOptions): string {
  const { word, timeOf } = options
  switch (item.kind) {
    case 'prompt': {
      const name = item.origin === 'relay' ? word('timeline.continuedAfterRestart') : oneLine(item.author.name)
      const files = item.attachments.map((file) => `- ${code(file.filename)}`)
      return [`## ${name} · ${timeOf(item.at)}`, item.content, ...files].join('\n\n')
    }
    case 'note':
      return [`## ${oneLine(item.author.name)} · ${timeOf(item.at)} (${word('timeline.note')})`, quote(item.content)].join('\n\n')
    case 'turn':
      return [`## ${word('timeline.claude')} · ${timeOf(item.at)}`, ...partsMarkdown(item.parts, options)].join('\n\n')
    case 'divider':
      return `---\n\n*${oneLine(item.text || item.code)} · ${timeOf(item.at)}*`
    case 'unknown':
      return ''
    default:
      return `*${oneLine(item.text)}*`
  }
}

const partsMarkdown = (parts: readonly Part[], options: ExportOptions): string[] =>
  parts.map((part) => partMarkdown(part, options)).filter((text) => text !== '')

export function partMarkdown(part: Part, options: ExportOptions): string {
  switch (part.kind) {
    case 'text':
      return part.text.trim()
    case 'thinking':
      return part.text.trim() === '' ? '' : quote(`*${options.word('timeline.thought')}*\n\n${part.text.trim()}`)
    case 'tool':
      return toolMarkdown(part, options)
    case 'outcome':
      return outcomeMarkdown(part, options)
    case 'unknown':
      return ''
    default:
      return `*${oneLine(part.text)}*`
  }
}

function toolMarkdown(part: ToolPart, options: ExportOptions): string {
  const { verb, target, tense, figures } = describeTool(part)
  const told = figures.flatMap((figure) => {
    if (figure.kind === 'added') return `+${figure.value}`
    if (figure.kind === 'removed') return `−${figure.value}`
    return figure.kind === 'exit' ? options.word('tools.exit', { code: figure.value }) : []
  })
  const failed = part.state === 'failed' && told.length === 0 ? [options.word('tools.failed')] : []
  const name = targetText(target)
  const figuresText = [...told, ...failed].join(' ')
  const head = [`**${options.word(`tools.verb.${verb}.${tense}`)}**`, name && code(name), figuresText && `(${figuresText})`]
  const inside = partsMarkdown(part.parts, options)
  const asks = part.asks.map((ask) => askMarkdown(ask, options))
  return [...asks, words(head, ' '), bodyOf(part), quote(inside.join('\n\n'))].filter((text) => text !== '').join('\n\n')
}

const words = (texts: readonly string[], between: string) => texts.filter((text) => text !== '').join(between)

function targetText(target: ToolTarget | null): string {
  if (target === null) return ''
  if (target.kind === 'mcp') return `${target.server} · ${target.tool}`
  if (target.kind === 'path') return target.path
  return target.kind === 'page' ? target.url : target.text
}

function bodyOf(part: ToolPart): string {
  const diff = diffOfTool(part)
  if (diff) return fence(diffText(diff), 'diff')
  if (part.tool === 'Bash') return part.output === null ? '' : fence(visibleText(commandOutput(part)), '')
  if (part.editInfo?.type === 'todo') {
    return part.editInfo.todos.map((todo) => `- [${todo.status === 'completed' ? 'x' : ' '}] ${oneLine(todo.content)}`).join('\n')
  }
  const known = ['Read', 'Grep', 'Glob', 'LS', 'WebFetch', 'WebSearch', 'Agent', 'Task'].includes(part.tool)
  if (known) return part.state === 'failed' ? fence(visibleText(plainText(part.output)), '') : ''
  const input = inputFields(part.input).map(({ name, text }) => `${name}: ${text}`)
  return fence(visibleText([...input, plainText(part.output)].filter((text) => text !== '').join('\n')), '')
}

const SIGN = { same: ' ', added: '+', removed: '-' } as const
const diffText = (diff: Diff) =>
  diff.hunks
    .flatMap((hunk) => (hunk.folded ? ['@@'] : hunk.lines.map((line) => `${SIGN[line.kind]}${visibleText(line.text)}`)))
    .join('\n')

function askMarkdown(ask: Ask, { word }: ExportOptions): string {
  if (!ask.resolved?.by || ask.state === 'open' || ask.state === 'withdrawn') return ''
  const { scope, message } = ask.resolved.details
  const allowed = { once: 'allowedOnce', session: 'allowedSession', always: 'allowedAlways' }[scope ?? 'once']
  const key = ask.state === 'allowed' ? allowed : message ? 'deniedBecause' : 'denied'
  return `*${oneLine(word(`permission.after.${key}`, { name: ask.resolved.by.name, what: ask.request.tool, reason: message ?? '' }))}*`
}

function outcomeMarkdown(outcome: Outcome, { word }: ExportOptions): string {
  if (outcome.status === 'completed') return ''
  if (outcome.status === 'interrupted') {
    return `*${oneLine(outcome.by ? word('timeline.stoppedBy', { name: outcome.by.name }) : word('timeline.stopped'))}*`
  }
  return `*${oneLine([word('errors.turnFailed'), outcome.error?.message].filter(Boolean).join(': '))}*`
}

const oneLine = (text: string) => visibleText(text).replace(/\s+/g, ' ').trim()
const quote = (text: string) => text && text.split('\n').map((line) => `> ${line}`.trimEnd()).join('\n')

/** A fence longer than any in the text. */
function fence(text: string, language: string): string {
  if (text.trim() === '') return ''
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}${language}\n${text}\n${marks}`
}

function code(text: string): string {
  const line = oneLine(text)
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length))
  const marks = '`'.repeat(longest + 1)
  return longest === 0 ? `${marks}${line}${marks}` : `${marks} ${line} ${marks}`
}
