// What is copied of a turn: Markdown that reads as the screen does.
import { expect, test } from 'bun:test'
import { turnMarkdown } from '../../../src/timeline/turn-markdown.ts'
import { reduceAll } from '../../../src/timeline/reduce-timeline.ts'
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'

const word = (key: string, values?: Record<string, unknown>) => `${key}${values ? ` ${Object.values(values).join(' ')}` : ''}`
function copied(...frames: [string, object][]): string {
  const timeline = reduceAll(frames.map(([type, data], at) => ({ type, seq: at + 1, timestamp: at, data: { session_id: 's', execution_id: 'e', ...data } }) as TimelineFrame))
  return timeline.items.flatMap((item) => (item.kind === 'turn' ? turnMarkdown(item, word) : [])).join('\n\n')
}
const tool = (id: string, name: string, input: object, output: unknown, more: object = {}): [string, object][] => [
  ['progress', { progress_type: 'tool_start', tool_use_id: id, tool: name, input }],
  ['progress', { progress_type: 'tool_end', tool_use_id: id, output, ...more }],
]

test('words, commands with their output, changes, how it ended', () => {
  expect(
    copied(
      ['claude_response', { message_id: 'm', content: 'Looking.\n', stream: false, completed: true }],
      ...tool('t1', 'Bash', { command: 'npm `test`' }, 'Exit code 1\n```\n\u001b[31mred', { is_error: true }),
      ...tool('t2', 'Edit', { file_path: 'src/a.ts', old_string: 'a\n', new_string: 'b\n' }, 'ok'),
      ...tool('t3', 'Read', { file_path: 'src/b.ts' }, '1\tsecret'),
      ['task', { status: 'interrupted', reason: 'person', origin: 'prompt', progress: 0 }],
    ),
  ).toBe(`Looking.

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

*timeline.stopped*`)
})

test('answers of people to requests are part of it', () => {
  expect(
    copied(
      ['progress', { progress_type: 'tool_start', tool_use_id: 't', tool: 'Bash', input: { command: 'x' } }],
      ['permission_request', { request_id: 'r', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool', suggestions: [] }],
      ['permission_resolved', { request_id: 'r', tool_use_id: 't', status: 'denied', username: 'Jun', message: 'not now' }],
    ),
  ).toContain('*permission.after.deniedBecause Jun Bash not now*')
})

test('agents with their work, unknown tools with their input', () => {
  expect(
    copied(
      ['progress', { progress_type: 'tool_start', tool_use_id: 'a', tool: 'Agent', input: { description: 'look' } }],
      ['progress', { progress_type: 'tool_start', tool_use_id: 'b', tool: 'mcp__pg__query', parent_tool_use_id: 'a', input: { sql: 'select 1' } }],
      ['progress', { progress_type: 'tool_end', tool_use_id: 'b', parent_tool_use_id: 'a', output: 'one' }],
    ),
  ).toContain('> **tools.verb.ask.done** `pg · query`\n>\n> ```\n> sql: select 1\n> one\n> ```')
})
