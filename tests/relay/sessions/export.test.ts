// Exports: the whole session as Markdown that keeps its shape, and as JSON that can be read back.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createMarkdown } from '../../../relay/sessions/export-markdown.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { exported, exportFile, exportOf } from './golden-exports.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  owner = await rig.person('owner')
})
afterAll(() => rig.end())

async function textOf(stream: AsyncGenerator<string>): Promise<string> {
  let text = ''
  for await (const piece of stream) text += piece
  return text
}

const at = Date.UTC(2026, 0, 2, 3, 4)
const ids = { session_id: 's', execution_id: 'x' }

/** One event alone. */
function markdownOf(type: string, data: object, timestamp: number): string {
  const markdown = createMarkdown()
  return markdown.add(type, data, timestamp) + markdown.rest()
}

describe('Markdown', () => {
  test.each(exported)('of the recording %s reads like the conversation: questions, plans, answers and by whom, agents inside their call', async (name) => {
    expect(exportOf(name)).toBe(await Bun.file(exportFile(name)).text())
  })

  test('what came of a call stands at the call, also when it came after others, and a note where it was written', () => {
    const call = (id: string, command: string, parent?: string) => ({ ...ids, progress_type: 'tool_start', tool: 'Bash', tool_use_id: id, parent_tool_use_id: parent, input: { command } })
    const end = (id: string, output: string) => ({ ...ids, progress_type: 'tool_end', tool: 'Bash', tool_use_id: id, output })
    const markdown = createMarkdown()
    const told = [
      ['progress', call('a', 'one')],
      ['progress', call('b', 'two')],
      ['message', { ...ids, message_id: 'm', role: 'note', username: 'joon', content: 'Watch this.', attachments: [] }],
      ['progress', end('b', 'second')],
      // A prompt that waited and was taken away ends no turn.
      ['task', { ...ids, execution_id: 'y', status: 'cancelled', origin: 'prompt', progress: 0 }],
      ['progress', call('c', 'inner', 'a')],
      ['permission_resolved', { ...ids, request_id: 'r', tool_use_id: 'b', status: 'allowed', username: 'kim' }],
      ['progress', end('c', 'inside')],
      ['progress', end('a', 'first')],
    ] as const
    expect(told.map(([type, data]) => markdown.add(type, data, at)).join('')).toBe('')
    const bash = (command: string) => `**Bash**\n\n\`\`\`sh\n${command}\n\`\`\`\n\n`
    const output = (text: string) => `\`\`\`\n${text}\n\`\`\`\n\n`
    const inner = '> **Bash**\n>\n> ```sh\n> inner\n> ```\n>\n> ```\n> inside\n> ```\n\n'
    const whole = `${bash('one')}${inner}${output('first')}${bash('two')}> Allowed by kim\n\n${output('second')}---\n\n## joon (note) · 2026-01-02 03:04\n\nWatch this.\n\n`
    expect(markdown.add('task', { ...ids, status: 'completed', origin: 'prompt', progress: 1 }, at)).toBe(whole)
    expect(markdown.rest()).toBe('')
  })

  test('what stands outside a call is written at once: a thousand notes are not held', () => {
    const markdown = createMarkdown()
    expect(markdown.add('message', { ...ids, message_id: 'm', role: 'note', username: 'joon', content: 'One.', attachments: [] }, at)).toContain('One.')
  })

  test('a prompt with its author, time and attachments; an answer; a note', () => {
    const message = { ...ids, message_id: 'm', role: 'user', username: '민지', content: '고쳐 줘\n\n- 하나', attachments: [{ file_id: 'f', filename: '[그림].png', content_type: 'image/png', size: 1 }] }
    expect(markdownOf('message', message, at)).toBe('---\n\n## 민지 · 2026-01-02 03:04\n\n고쳐 줘\n\n- 하나\n\n- 📎 \\[그림\\].png\n\n')
    expect(markdownOf('message', { ...message, role: 'note', attachments: [] }, at)).toContain('## 민지 (note) · ')
    expect(markdownOf('claude_response', { ...ids, message_id: 'b', content: '**됐습니다**', stream: false, completed: true }, at)).toBe('### Claude\n\n**됐습니다**\n\n')
    expect(markdownOf('claude_response', { ...ids, message_id: 'b', content: 'half', stream: false, completed: true, interrupted: true }, at)).toBe('### Claude\n\nhalf …\n\n')
  })

  test('what the relay wrote to Claude is told as that, its words folded', () => {
    const message = { ...ids, message_id: 'm', role: 'relay', username: '민지', content: 'Call Bash again.', attachments: [] }
    expect(markdownOf('message', message, at)).toBe('---\n\n> Continued after restart with 민지’s answer · 2026-01-02 03:04\n\n<details><summary>What Claude was told</summary>\n\n```\nCall Bash again.\n```\n\n</details>\n\n')
  })

  test('a fence is longer than what it holds', () => {
    const output = 'before\n```\nfence\n````\nafter'
    expect(markdownOf('progress', { ...ids, progress_type: 'tool_end', output }, at)).toBe(`\`\`\`\`\`\n${output}\n\`\`\`\`\`\n\n`)
  })

  test('commands, edits, todo lists, failures, decisions', () => {
    const start = { ...ids, progress_type: 'tool_start' }
    expect(markdownOf('progress', { ...start, tool: 'Bash', input: { command: 'ls -la' } }, at)).toBe('**Bash**\n\n```sh\nls -la\n```\n\n')
    expect(markdownOf('progress', { ...start, tool: 'Edit', edit_info: { type: 'edit', file_path: 'a.ts', old_string: 'one\n', new_string: 'two\nthree' } }, at)).toBe('**Edit**\n\n`a.ts`\n\n```diff\n-one\n+two\n+three\n```\n\n')
    const todos = [{ content: 'a', status: 'completed' }, { content: 'b', status: 'in_progress' }, { content: 'c', status: 'pending' }]
    expect(markdownOf('progress', { ...start, tool: 'TodoWrite', edit_info: { type: 'todo', todos } }, at)).toBe('**TodoWrite**\n\n- [x] a\n- [ ] b …\n- [ ] c\n\n')
    expect(markdownOf('progress', { ...ids, progress_type: 'tool_end', is_error: true, output: [{ type: 'text', text: 'no' }, { type: 'image' }] }, at)).toBe('*failed*\n\n```\nno\n[image]\n```\n\n')
    expect(markdownOf('task', { ...ids, status: 'interrupted', reason: 'relay_restart', origin: 'prompt', progress: 0 }, at)).toBe('> Interrupted (relay restart)\n\n')
    expect(markdownOf('permission_resolved', { ...ids, request_id: 'r', tool_use_id: 't', status: 'denied', username: 'joon', message: 'not *that*' }, at)).toBe('> Denied by joon: not \\*that\\*\n\n')
    expect(markdownOf('queue', { session_id: 's', items: [] }, at)).toBe('')
  })

  test('names and titles cannot become markup of the page', async () => {
    const id = await rig.begin(owner, { title: '# <script> [x](y)\n| a' })
    const { stream } = await rig.sessions.export(owner, id, 'md')
    expect(await textOf(stream)).toStartWith('# \\# \\<script\\> \\[x\\](y) \\| a\n')
  })
})

describe('whole sessions', () => {
  test('JSON holds every event up to now, in order', async () => {
    const id = await rig.begin(owner, { title: '로그인' })
    for (let n = 1; n <= 120; n++) await turn(rig, id, n)
    const { stream, filename, contentType } = await rig.sessions.export(owner, id, 'json')
    expect([filename, contentType]).toEqual(['로그인.json', 'application/json; charset=utf-8'])
    const first = await stream.next()
    // What is said while it streams is not part of it.
    await turn(rig, id, 121)
    const exported = JSON.parse(first.value! + (await textOf(stream)))
    const log = await rig.log(`session:${id}`)
    expect(exported.events.map(({ seq, type, data }: Record<string, unknown>) => ({ channel: `session:${id}`, seq, type, data }))).toEqual(log.slice(0, -4))
    expect(exported).toMatchObject({ format: 'ensemble-session', session: { title: '로그인' }, participants: [{ username: 'owner', role: 'owner' }] })
    expect(exported.session).not.toHaveProperty('role')
  })

  test.each(['md', 'json'] as const)('%s: who is removed meanwhile gets no page more', async (format) => {
    const id = await rig.begin(owner)
    const reader = await rig.person(`reader of ${format}`)
    for (let n = 1; n <= 60; n++) await turn(rig, id, n)
    const { stream } = await rig.sessions.export(reader, id, format)
    await stream.next()
    expect((await stream.next()).value).toContain('질문 1')
    await rig.ask(owner, (asked) => rig.sessions.removePerson(asked, id, reader.userId))
    expect(await outcomeOf(stream.next())).toBe('NOT_FOUND')
  })

  test('an empty title becomes a name, Markdown has both sides of the talk', async () => {
    const id = await rig.begin(owner)
    await turn(rig, id, 1)
    const { stream, filename } = await rig.sessions.export(owner, id, 'md')
    expect(filename).toBe('session.md')
    const text = await textOf(stream)
    expect(text).toStartWith('# session\n\n- Begun: ')
    expect(text).toContain('질문 1')
    expect(text).toContain('### Claude\n\n대답 1\n')
  })
})
