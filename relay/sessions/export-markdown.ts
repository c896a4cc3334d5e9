// A session as Markdown, event by event: what people and Claude said, and what Claude did. Pure.
import type { Block, EditInfo, FileUploaded, Log, Message, Participant, PermissionResolved, Progress, Session, Task } from '#protocol'

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
const escaped = (text: string) => inline(text).replace(/[\\`*_[\]<>#|]/g, (each) => `\\${each}`)
const shortened = (text: string, max: number) => (text.length > max ? `${text.slice(0, max).toWellFormed()}\n… (${text.length - max} more characters)` : text)
const timeOf = (timestamp: number) => new Date(timestamp).toISOString().replace('T', ' ').slice(0, 16)

export function markdownHead(title: string, session: Session, participants: Participant[]): string {
  const people = participants.map(({ username, role }) => `${escaped(username)} (${role})`).join(', ')
  const lines = [`# ${escaped(title)}`, '', `- Begun: ${timeOf(session.created_at)} UTC by ${escaped(session.owner_name)}`]
  if (people) lines.push(`- People: ${people}`)
  if (session.model) lines.push(`- Model: ${escaped(session.model)}`)
  return `${lines.join('\n')}\n\n`
}

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

function progressOf(data: Progress): string {
  const { progress_type: kind, tool, input, edit_info: edit } = data
  if (kind === 'tool_start' && tool) {
    const title = `**${escaped(tool)}**${data.detail ? ` ${escaped(data.detail)}` : ''}\n\n`
    if (edit) return title + editOf(edit)
    const command = commandOf(input)
    if (command !== null) return title + fenced(shortened(command, maxInputChars), 'sh')
    const text = textOf(input)
    return title + (input === undefined || input === null || text === '{}' ? '' : fenced(shortened(text, maxInputChars), 'json'))
  }
  if (kind === 'tool_end') {
    const output = outputOf(data.output ?? '')
    const failed = data.is_error ? '*failed*\n\n' : ''
    return output.trim() === '' ? failed : `${failed}${fenced(shortened(output, maxOutputChars))}`
  }
  return ''
}

function endOf({ status, reason, error }: Task): string {
  if (status === 'failed') return `> Failed${error ? `: ${escaped(error.message)}` : ''}\n\n`
  return status === 'interrupted' ? `> Interrupted${reason ? ` (${reason.replace('_', ' ')})` : ''}\n\n` : ''
}

const folded = (title: string, text: string) => `<details><summary>${title}</summary>\n\n${fenced(text)}</details>\n\n`
const quoted = (text: string) => text.split('\n').map((line) => `> ${line}`).join('\n')

/** One event; an empty text for what a reader of the conversation does not miss. `data` is that of its type in the contract. */
export function markdownOf(type: string, data: unknown, timestamp: number): string {
  switch (type) {
    case 'message': {
      const { role, username, content, attachments } = data as Message
      if (role === 'relay') return `---\n\n> Continued after restart with ${escaped(username)}’s answer · ${timeOf(timestamp)}\n\n${folded('What Claude was told', content)}`
      const files = attachments.length > 0 ? `${attachments.map(({ filename }) => `- 📎 ${escaped(filename)}`).join('\n')}\n\n` : ''
      const kind = role === 'note' ? ' (note)' : ''
      return `---\n\n## ${escaped(username)}${kind} · ${timeOf(timestamp)}\n\n${content}\n\n${files}`
    }
    case 'claude_response': {
      const { content, interrupted, parent_tool_use_id: parent } = data as Block
      const text = `${content}${interrupted ? ' …' : ''}`
      return content.trim() === '' ? '' : parent ? `${quoted(text)}\n\n` : `### Claude\n\n${text}\n\n`
    }
    case 'thinking': {
      const { content } = data as Block
      return content.trim() === '' ? '' : folded('Thinking', content)
    }
    case 'progress':
      return progressOf(data as Progress)
    case 'permission_resolved': {
      const { status, username, message } = data as PermissionResolved
      return status === 'withdrawn' ? '' : `> ${status === 'allowed' ? 'Allowed' : 'Denied'} by ${escaped(username ?? 'the relay')}${message ? `: ${escaped(message)}` : ''}\n\n`
    }
    case 'task':
      return endOf(data as Task)
    case 'file_uploaded':
      return `- 📎 ${escaped((data as FileUploaded).filename)}\n\n`
    case 'log': {
      const { level, code, text } = data as Log
      const worth = level !== 'info' || code === 'cleared' || code === 'compacted' || code === 'forked' || code === 'rewound'
      return worth ? `> ${escaped(text)}\n\n` : ''
    }
    default:
      return ''
  }
}
