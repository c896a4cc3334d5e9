// How far a turn is, by the todo lists that it tells.
import { expect, test } from 'bun:test'
import type { Todo } from '#protocol'
import type { Fact } from '../../../relay/claude/claude.ts'
import { createPlanProgress } from '../../../relay/executions/plan-progress.ts'

const list = (marks: string): Todo[] => [...marks].map((mark, index) => ({ content: `#${index}`, status: mark === 'x' ? 'completed' : mark === '>' ? 'in_progress' : 'pending' }))
const told = (marks: string, parent?: string): Fact => ({ type: 'progress', data: { progress_type: 'tool_end', tool: 'TodoWrite', tool_use_id: 't', duration_ms: 1, ...(parent && { parent_tool_use_id: parent }), edit_info: { type: 'todo', todos: list(marks) } } })

test('T1 what is done of a list, of what the turn found to do; what was done before it began does not count, and a list that is done says nothing', () => {
  const plan = createPlanProgress()
  const during = (turn: string, lists: string[]) => lists.map((marks) => plan.after(told(marks), turn))
  expect(during('first', ['', '>', '>..', 'x>.', 'xx.', 'xxx'])).toEqual([0, 0, 0, 0.33, 0.66, 0])
  expect(during('second', ['xxx>.', 'xxxx>', 'xxxxx'])).toEqual([0, 0.5, 0])
  // Another list in the place of the old one.
  expect(during('third', ['..', 'x.'])).toEqual([0, 0.5])
})

test('of a list that somebody before this relay began, what is done when it is told first is not the turn’s', () => {
  const plan = createPlanProgress()
  expect(['xx..', 'xxx.'].map((marks) => plan.after(told(marks), 'one'))).toEqual([0, 0.5])
})

test('the list of a subagent says nothing of the turn', () => {
  expect(createPlanProgress().after(told('x.', 'its agent'), 'one')).toBe(0)
  expect(createPlanProgress().after({ type: 'log', data: { level: 'info', source: 'claude', text: 'x' } }, 'one')).toBe(0)
})
