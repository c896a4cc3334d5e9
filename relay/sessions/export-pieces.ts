// Pieces of an exported session: what a tool call, a question, a plan and an end look like in Markdown. Pure.
import type { EditInfo, PermissionResolved, Progress, Task } from '#protocol'

const maxInputChars = 4_000
const maxOutputChars = 8_000

/** A fence that is longer than any run of backticks inside. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}\n\n`
}

const inline = (text: string) => text.replace(/\s+/g, ' ').trim()
/** A text inside a line of ours: nothing in it may become markup of the line. */
export const escaped = (text: string) => inline(text).replace(/[\\`*_[\]<>#|]/g, (each) => `\\${each}`)
const shortened = (text: string, max: number) => (text.length > max ? `${text.slice(0, max).toWellFormed()}\n… (${text.length - max} more characters)` : text)
export const timeOf = (timestamp: number) => new Date(timestamp).toISOString().replace('T', ' ').slice(0, 16)

export const folded = (title: string, text: string): string => `<details><summary>${title}</summary>\n\n${fenced(text)}</details>\n\n`
/** What belongs to something above it, an agent's work for one. */
export const quoted = (text: string): string => `${text.trimEnd().split('\n').map((line) => `> ${line}`.trimEnd()).join('\n')}\n\n`

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''))

function outputOf(value: unknown): string {
  if (!Array.isArray(value)) return textOf(value)
  const parts = value.map((part: { type?: unknown; text?: unknown }) => (typeof part?.text === 'string' ? part.text : `[${String(part?.type ?? 'part')}]`))
  return parts.join('\n')
}

function editOf(edit: EditInfo): string {
  if (edit.type === 'todo') {
    const marks = { pending: '[ ]', in_progress: '[ ]', completed: '[x]' }
    return `${edit.todos.map(({ status, content }) => `- ${marks[status]} ${escaped(content)}${status === 'in_progress' ? ' …' : ''}`).join('\n')}\n\n`
  }
  if (edit.type === 'write') return `\`${inline(edit.file_path)}\`\n\n${fenced(shortened(edit.content, maxOutputChars))}`
  const lines = (text: string, sign: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n')).map((line) => `${sign}${line}`)
  const diff = [...lines(edit.old_string, '-'), ...lines(edit.new_string, '+')].join('\n')
  return `\`${inline(edit.file_path)}\`\n\n${fenced(shortened(diff, maxOutputChars), 'diff')}`
}

function commandOf(input: unknown): string | null {
  const command = (input as { command?: unknown } | null)?.command
  return typeof command === 'string' ? command : null
}

type Field = [name: string, value: unknown]
const isShort = ([, value]: Field) => value === null || typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && !value.includes('\n') && value.length <= 200)

/** Fields that fit into a line each are told so; anything else is shown as it is. */
function inputOf(input: unknown): string {
  const command = commandOf(input)
  if (command !== null) return fenced(shortened(command, maxInputChars), 'sh')
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  const fields: Field[] = isObject ? Object.entries(input) : []
  if (fields.length > 0 && fields.every(isShort)) return `${fields.map(([name, value]) => `- ${escaped(name)}: ${escaped(String(value))}`).join('\n')}\n\n`
  const text = textOf(input)
  return input === undefined || input === null || text === '{}' ? '' : fenced(shortened(text, maxInputChars), 'json')
}

type Question = { question?: unknown; options?: unknown }
type Option = { label?: unknown; description?: unknown }
const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? value : [])

function questionsOf(input: unknown): string {
  const questions = listOf<Question>((input as { questions?: unknown } | null)?.questions)
  const choice = ({ label, description }: Option) => `- ${escaped(String(label ?? ''))}${typeof description === 'string' && description ? `: ${escaped(description)}` : ''}`
  return questions.map(({ question, options }) => `**Claude asks:** ${escaped(String(question ?? ''))}\n\n${[...listOf<Option>(options).map(choice), ''].join('\n')}\n`).join('')
}

/** The call itself: what was to be done, and with what. */
export function callOf({ tool, detail, input, edit_info: edit }: Progress): string {
  const plan = (input as { plan?: unknown } | null)?.plan
  if (tool === 'AskUserQuestion') return questionsOf(input)
  if (tool === 'ExitPlanMode' && typeof plan === 'string') return `**Claude plans:**\n\n${quoted(plan)}`
  const { description, prompt } = (input ?? {}) as { description?: unknown; prompt?: unknown }
  if ((tool === 'Agent' || tool === 'Task') && typeof prompt === 'string') return `**${tool}** ${escaped(String(description ?? ''))}\n\n${quoted(shortened(prompt, maxInputChars))}`
  return `**${escaped(tool ?? '')}**${detail ? ` ${escaped(detail)}` : ''}\n\n${edit ? editOf(edit) : inputOf(input)}`
}

/** What came of it. What people answered to a question or a plan is told by `answerOf`. */
export function resultOf({ tool, output, is_error: isError }: Progress): string {
  if (tool === 'AskUserQuestion' || tool === 'ExitPlanMode') return ''
  const text = outputOf(output ?? '')
  const failed = isError ? '*failed*\n\n' : ''
  return text.trim() === '' ? failed : `${failed}${fenced(shortened(text, maxOutputChars))}`
}

/** Who decided, and how; of questions what they answered. */
export function answerOf({ status, username, message, answers }: PermissionResolved): string {
  if (status === 'withdrawn') return ''
  const who = escaped(username ?? 'the relay')
  const given = status === 'allowed' && typeof answers === 'object' && answers !== null ? Object.values(answers) : []
  if (given.length > 0) return `${given.map((answer) => `> ${who} answered: ${escaped(Array.isArray(answer) ? answer.join(', ') : String(answer))}`).join('\n>\n')}\n\n`
  return `> ${status === 'allowed' ? 'Allowed' : 'Denied'} by ${who}${message ? `: ${escaped(message)}` : ''}\n\n`
}

export function endOf({ status, reason, error }: Task): string {
  if (status === 'failed') return `> Failed${error ? `: ${escaped(error.message)}` : ''}\n\n`
  return status === 'interrupted' ? `> Interrupted${reason ? ` (${reason.replace('_', ' ')})` : ''}\n\n` : ''
}
