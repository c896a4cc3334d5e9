// Export and copy: Markdown that reads as the screen does, JSON that holds everything.
import { describe, expect, test } from 'bun:test'
import { exportJson, exportMarkdown } from '../../../src/timeline/export-timeline.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'

const options = {
  title: 'Rate limit',
  timeOf: (at: number) => `${at} ms`,
  word: (key: string, values?: Record<string, unknown>) => `${key}${values ? ` ${Object.values(values).join(' ')}` : ''}`,
}
const timelineOf = (...frames: [string, object][]) =>
  reduceAll(frames.map(([type, data], at) => ({ type, seq: at + 1, timestamp: at, data: { session_id: 's', execution_id: 'e', ...data } }) as TimelineFrame))
const tool = (id: string, name: string, input: object, output: unknown, more: object = {}): [string, object][] => [
  ['progress', { progress_type: 'tool_start', tool_use_id: id, tool: name, input }],
  ['progress', { progress_type: 'tool_end', tool_use_id: id, output, ...more }],
]

describe('exportMarkdown', () => {
  test('a session', () => {
    const timeline = timelineOf(
      ['message', { message_id: 'p', role: 'user', username: 'Minji', content: 'Fix **it**', attachments: [{ file_id: 'f', filename: 'a`b.json', content_type: '', size: 1 }] }],
      ['claude_response', { message_id: 'm', content: 'Looking.\n', stream: false, completed: true }],
      ...tool('t1', 'Bash', { command: 'npm `test`' }, 'Exit code 1\n```\n\u001b[31mred', { is_error: true }),
      ...tool('t2', 'Edit', { file_path: 'src/a.ts', old_string: 'a\n', new_string: 'b\n' }, 'ok'),
      ...tool('t3', 'Read', { file_path: 'src/b.ts' }, '1\tsecret'),
      ['message', { message_id: 'n', role: 'note', username: 'Jun', content: 'line\nline', attachments: [] }],
      ['task', { status: 'interrupted', reason: 'person', origin: 'prompt', progress: 0 }],
    )
    expect(exportMarkdown(timeline, options)).toBe(`# Rate limit

## Minji · 0 ms

Fix **it**

- \`\` a\`b.json \`\`

## timeline.claude · 1 ms

Looking.

**tools.verb.run.done** \`\` npm \`test\` \`\` (tools.exit 1)

\`\`\`\`
\`\`\`
red
\`\`\`\`

**tools.verb.edit.done** \`src/a.ts\` (+1 −1)

\`\`\`diff
-a
+b
\`\`\`

**tools.verb.read.done** \`src/b.ts\`

## Jun · 8 ms (timeline.note)

> line
> line

## timeline.claude · 9 ms

*timeline.stopped*
`)
  })

  test('answers of people to requests are part of it', () => {
    const timeline = timelineOf(
      ['progress', { progress_type: 'tool_start', tool_use_id: 't', tool: 'Bash', input: { command: 'x' } }],
      ['permission_request', { request_id: 'r', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool', suggestions: [] }],
      ['permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'denied', username: 'Jun', message: 'not now' }],
    )
    expect(exportMarkdown(timeline, options)).toContain('*permission.after.deniedBecause Jun Bash not now*')
  })

  test('agents with their work, unknown tools with their input', () => {
    const timeline = timelineOf(
      ['progress', { progress_type: 'tool_start', tool_use_id: 'a', tool: 'Agent', input: { description: 'look' } }],
      ['progress', { progress_type: 'tool_start', tool_use_id: 'b', tool: 'mcp__pg__query', parent_tool_use_id: 'a', input: { sql: 'select 1' } }],
      ['progress', { progress_type: 'tool_end', tool_use_id: 'b', parent_tool_use_id: 'a', output: 'one' }],
    )
    expect(exportMarkdown(timeline, options)).toContain('> **tools.verb.ask.done** `pg · query`\n>\n> ```\n> sql: select 1\n> one\n> ```')
  })
})

test('exportJson: data that can be read again', () => {
  const timeline = timelineOf(['message', { message_id: 'p', role: 'user', username: 'Minji', content: 'x', attachments: [] }])
  const data = JSON.parse(exportJson(timeline, { title: 'T', exportedAt: 5 })) as Record<string, unknown>
  expect(data).toMatchObject({ format: 'ensemble-timeline', version: 1, title: 'T', exported_at: 5, seq: 1, items: [{ kind: 'prompt', content: 'x' }] })
  expect(data).not.toHaveProperty('past')
})
