// A session as Markdown that reads like the conversation: what people and Claude said, and what Claude did with what came of it.
import type { Block, FileUploaded, Log, Message, Participant, PermissionResolved, Progress, Session, Task } from '#protocol'
import { answerOf, callOf, endOf, escaped, folded, quoted, resultOf, timeOf } from './export-pieces.ts'

export function markdownHead(title: string, session: Session, participants: Participant[]): string {
  const people = participants.map(({ username, role }) => `${escaped(username)} (${role})`).join(', ')
  const lines = [`# ${escaped(title)}`, '', `- Begun: ${timeOf(session.created_at)} UTC by ${escaped(session.owner_name)}`]
  if (people) lines.push(`- People: ${people}`)
  if (session.model) lines.push(`- Model: ${escaped(session.model)}`)
  return `${lines.join('\n')}\n\n`
}

/** A call keeps its place until its turn ends: what came of it may be told after later calls. */
type Part = { call: string; answers: string; inside: Part[]; result: string }

const textOfPart = ({ call, answers, inside, result }: Part): string => {
  const within = inside.map(textOfPart).join('')
  return `${call}${answers}${within === '' ? '' : quoted(within)}${result}`
}

function messageOf({ role, username, content, attachments }: Message, timestamp: number): string {
  if (role === 'relay') return `---\n\n> Continued after restart with ${escaped(username)}’s answer · ${timeOf(timestamp)}\n\n${folded('What Claude was told', content)}`
  const files = attachments.length > 0 ? `${attachments.map(({ filename }) => `- 📎 ${escaped(filename)}`).join('\n')}\n\n` : ''
  return `---\n\n## ${escaped(username)}${role === 'note' ? ' (note)' : ''} · ${timeOf(timestamp)}\n\n${content}\n\n${files}`
}

function speechOf({ content, interrupted, parent_tool_use_id: parent }: Block): string {
  if (content.trim() === '') return ''
  return `${parent ? '' : '### Claude\n\n'}${content}${interrupted ? ' …' : ''}\n\n`
}

const worthTelling = ({ level, code, args }: Log) => level !== 'info' || args?.['restored_by'] !== undefined || code === 'cleared' || code === 'compacted' || code === 'forked' || code === 'rewound'

/** Takes the events of a session in their order. */
export function createMarkdown() {
  let parts: Part[] = []
  let calls = new Map<string, Part>()

  function put(call: string, parent?: string | null): Part {
    const part: Part = { call, answers: '', inside: [], result: '' }
    const within = parent ? calls.get(parent)?.inside : undefined
    ;(within ?? parts).push(part)
    return part
  }

  /** All that was held; nothing of an earlier turn changes any more. */
  function rest(): string {
    const text = parts.map(textOfPart).join('')
    parts = []
    calls = new Map()
    return text
  }

  function progress(data: Progress): void {
    const { progress_type: kind, tool, tool_use_id: id, parent_tool_use_id: parent } = data
    if (kind === 'tool_start' && tool) {
      const part = put(callOf(data), parent)
      if (id) calls.set(id, part)
    }
    if (kind === 'tool_end') {
      const part = (id ? calls.get(id) : undefined) ?? put('', parent)
      part.result = resultOf(data)
    }
  }

  /** `data` is that of its type in the contract. What a reader of the conversation does not miss is left out. */
  function take(type: string, data: unknown, timestamp: number): void {
    switch (type) {
      case 'message':
        return void put(messageOf(data as Message, timestamp))
      case 'claude_response':
        return void put(speechOf(data as Block), (data as Block).parent_tool_use_id)
      case 'thinking': {
        const { content, parent_tool_use_id: parent } = data as Block
        return void (content.trim() !== '' && put(folded('Thinking', content), parent))
      }
      case 'progress':
        return progress(data as Progress)
      case 'permission_resolved': {
        const resolved = data as PermissionResolved
        const part = calls.get(resolved.tool_use_id) ?? put('')
        part.answers += answerOf(resolved)
        return
      }
      case 'task':
        return void put(endOf(data as Task))
      case 'file_uploaded':
      case 'file_shared':
        return void put(`- 📎 ${escaped((data as FileUploaded).filename)}\n\n`)
      case 'log':
        return void (worthTelling(data as Log) && put(`> ${escaped((data as Log).text)}\n\n`))
    }
  }

  return {
    /** What can be written by now: at the end of a turn, and as long as it has no call that more may come of. */
    add(type: string, data: unknown, timestamp: number): string {
      take(type, data, timestamp)
      const ended = type === 'task' && ['completed', 'failed', 'interrupted'].includes((data as Task).status)
      return ended || calls.size === 0 ? rest() : ''
    },
    rest,
  }
}
