// A stretch of Claude's work as Markdown, to be copied: what it said, what it did, what people allowed. Pure: words are handed in.
import { describeTool, type ToolTarget } from './describe-tool.ts'
import { diffOfTool } from './diff-of-tool.ts'
import type { Diff } from './diff-hunks.ts'
import { commandOutput, inputFields, plainText } from './tool-output.ts'
import type { Ask, Outcome, Part, ToolPart, TurnItem } from './timeline.ts'
import { visibleText } from './visible-text.ts'

/** The page's words: keys of the catalogue, with values. */
export type Word = (key: string, values?: Record<string, unknown>) => string

export const turnMarkdown = (turn: TurnItem, word: Word): string => partsMarkdown(turn.parts, word).join('\n\n')

const partsMarkdown = (parts: readonly Part[], word: Word): string[] =>
  parts.map((part) => partMarkdown(part, word)).filter((text) => text !== '')

function partMarkdown(part: Part, word: Word): string {
  switch (part.kind) {
    case 'text':
      return part.text.trim()
    case 'thinking':
      return part.text.trim() === '' ? '' : quote(`*${word('timeline.thought')}*\n\n${part.text.trim()}`)
    case 'tool':
      return toolMarkdown(part, word)
    case 'outcome':
      return outcomeMarkdown(part, word)
    case 'unknown':
      return ''
    default:
      return `*${oneLine(part.text)}*`
  }
}

function toolMarkdown(part: ToolPart, word: Word): string {
  const { verb, target, tense, figures } = describeTool(part)
  const told = figures.flatMap((figure) => {
    if (figure.kind === 'added') return `+${figure.value}`
    if (figure.kind === 'removed') return `−${figure.value}`
    return figure.kind === 'exit' ? word('tools.exit', { code: figure.value }) : []
  })
  const failed = part.state === 'failed' && told.length === 0 ? [word('tools.failed')] : []
  const name = targetText(target)
  const figuresText = [...told, ...failed].join(' ')
  const head = [`**${word(`tools.verb.${verb}.${tense}`)}**`, name && code(name), figuresText && `(${figuresText})`]
  const inside = partsMarkdown(part.parts, word)
  const asks = part.asks.map((ask) => askMarkdown(ask, word))
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

function askMarkdown(ask: Ask, word: Word): string {
  if (!ask.resolved?.by || ask.state === 'open' || ask.state === 'withdrawn') return ''
  const { scope, message } = ask.resolved.details
  const allowed = { once: 'allowedOnce', session: 'allowedSession', always: 'allowedAlways' }[scope ?? 'once']
  const key = ask.state === 'allowed' ? allowed : message ? 'deniedBecause' : 'denied'
  return `*${oneLine(word(`permission.after.${key}`, { name: ask.resolved.by.name, what: ask.request.tool, reason: message ?? '' }))}*`
}

function outcomeMarkdown(outcome: Outcome, word: Word): string {
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
