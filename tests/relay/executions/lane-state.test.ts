// What a list shows of a running turn follows what Claude does: a tool, then the answer.
import { expect, test } from 'bun:test'
import type { Fact } from '../../../relay/claude/claude.ts'
import { shownBy } from '../../../relay/executions/lane-state.ts'

const reads = { stalled: false, tool: 'Read' }
const text = (part: object = {}) => ({ message_id: 'm', content: 'The', stream: true, completed: false, ...part })
const delta = (of: 'claude_response' | 'thinking', part?: object): Fact => ({ type: 'delta', of, data: text(part) })
const shows = (fact: Fact, was: { stalled: boolean; tool: string | null } | null = reads) => shownBy(fact, was, 9)

test('the answer that is being written takes the place of the last tool, once', () => {
  expect(shows(delta('claude_response'))).toEqual({ tool: null, since: 9, stalled: false })
  expect(shows({ type: 'claude_response', data: text({ completed: true }) })).toEqual({ tool: null, since: 9, stalled: false })
  expect(shows(delta('claude_response'), { stalled: false, tool: null })).toBeNull()
  expect(shows(delta('claude_response'), null)).toBeNull()
})

test('thoughts and the words of an agent are not the answer; both end a silence', () => {
  for (const fact of [delta('thinking'), delta('claude_response', { parent_tool_use_id: 'agent' })]) {
    expect(shows(fact)).toBeNull()
    expect(shows(fact, { stalled: true, tool: 'Agent' })).toEqual({ stalled: false })
  }
})

test('a tool of the turn itself is shown from its start', () => {
  const start = { progress_type: 'tool_start' as const, tool_use_id: 't', tool: 'Grep' }
  expect(shows({ type: 'progress', data: start })).toEqual({ tool: 'Grep', since: 9, stalled: false })
  expect(shows({ type: 'progress', data: { ...start, parent_tool_use_id: 'agent' } })).toBeNull()
})
