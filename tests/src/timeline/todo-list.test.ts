// The todo list from both families of tools.
import { describe, expect, test } from 'bun:test'
import type { TodoList, ToolPart } from '../../../src/timeline/timeline.ts'
import { stepsOf, todosAfter, todosAtRest } from '../../../src/timeline/todo-list.ts'

type Call = Partial<Pick<ToolPart, 'tool' | 'input' | 'output' | 'editInfo'>>
const EMPTY: TodoList = { entries: [], executionId: null }

function play(...calls: Call[]): TodoList {
  return calls.reduce<TodoList>((list, call, at) => todosAfter(list, { tool: 'TodoWrite', input: {}, output: '', editInfo: null, ...call }, (at + 1) * 1000, 'e'), EMPTY)
}
const shown = (list: TodoList) => list.entries.map((each) => `${each.id} ${each.status} ${each.content}`)

describe('TodoWrite', () => {
  const todos = (...statuses: string[]) => ({ input: { todos: statuses.map((status, at) => ({ content: `task ${at}`, status, activeForm: `Doing ${at}` })) } })

  test('the whole list each time; times go on', () => {
    const list = play(todos('in_progress', 'pending'), todos('completed', 'in_progress'))
    expect(list.entries).toMatchObject([
      { content: 'task 0', status: 'completed', startedAt: 1000, endedAt: 2000 },
      { content: 'task 1', status: 'in_progress', startedAt: 2000, endedAt: null, activeForm: 'Doing 1' },
    ])
    expect(list.executionId).toBe('e')
  })

  test('an entry put in front keeps the ids and times of the others', () => {
    const list = play(todos('in_progress'), { input: { todos: [{ content: 'first', status: 'pending' }, { content: 'task 0', status: 'in_progress' }] } })
    expect(list.entries[1]).toMatchObject({ id: '1', startedAt: 1000 })
    expect(list.entries[0]!.id).not.toBe('1')
  })

  test('input that is no list changes nothing', () => {
    const list = play(todos('pending'))
    expect(todosAfter(list, { tool: 'TodoWrite', input: 'x', output: '', editInfo: null }, 5, 'e2')).toBe(list)
  })
})

describe('TaskCreate, TaskUpdate, TaskList', () => {
  const create = (subject: string, output: unknown): Call => ({ tool: 'TaskCreate', input: { subject, activeForm: `${subject}ing` }, output })

  test('ids from text or from the structured result', () => {
    expect(shown(play(create('Read', 'Task #1 created successfully: Read'), create('Write', { task: { id: '2', subject: 'Write' } })))).toEqual(['1 pending Read', '2 pending Write'])
    expect(shown(play(create('Read', [{ type: 'text', text: 'Task #7 created successfully: Read' }]), create('Next', '')))).toEqual(['7 pending Read', '8 pending Next'])
  })

  test('updates, renames, deletes', () => {
    const list = play(
      create('Read', 'Task #1 created'), create('Write', 'Task #2 created'), { tool: 'TaskUpdate', input: { taskId: '1', status: 'in_progress' } }, { tool: 'TaskUpdate', input: { taskId: '1', status: 'completed', subject: 'Read all' } },
      { tool: 'TaskUpdate', input: { taskId: '2', status: 'deleted' } },
    )
    expect(list.entries).toMatchObject([{ id: '1', content: 'Read all', status: 'completed', startedAt: 3000, endedAt: 4000 }])
  })

  test('a task created before what is loaded is shown by its number until a list names it', () => {
    const update: Call = { tool: 'TaskUpdate', input: { taskId: '4', status: 'in_progress' } }
    expect(shown(play(update))).toEqual(['4 in_progress #4'])
    expect(shown(play(update, { tool: 'TaskList', output: '#3 [completed] Old\n#4 [in_progress] Named' }))).toEqual(['3 completed Old', '4 in_progress Named'])
    expect(shown(play(update, { tool: 'TaskList', output: { tasks: [{ id: '4', subject: 'Named', status: 'completed' }] } }))).toEqual(['4 completed Named'])
  })

  test('the list that the relay tells with a call counts', () => {
    const list = play(create('Read', 'Task #1 created'), {
      tool: 'TaskUpdate', input: { taskId: '1', status: 'deleted' }, editInfo: { type: 'todo', todos: [{ id: '1', content: 'Read', status: 'in_progress' }, { id: '9', content: 'Other', status: 'pending' }] },
    })
    expect(list.entries).toMatchObject([{ id: '1', status: 'in_progress', startedAt: 2000, activeForm: 'Reading' }, { id: '9' }])
  })
})

test('a task that a turn left is open again, and its time begins anew when Claude goes on with it', () => {
  const doing: Call = { input: { todos: [{ content: 'read', status: 'completed' }, { content: 'write', status: 'in_progress' }] } }
  const left = todosAtRest(play(doing))
  expect(left.entries).toMatchObject([{ status: 'completed' }, { status: 'pending', startedAt: null, endedAt: null }])
  expect(todosAtRest(left)).toBe(left)
  expect(todosAfter(left, { tool: 'TodoWrite', output: '', editInfo: null, input: doing.input }, 9000, 'e2').entries[1]).toMatchObject({ status: 'in_progress', startedAt: 9000 })
})

test('a task that a turn left stays open when a later turn begins another one', () => {
  const told = (first: string, second: string) => ({ type: 'todo' as const, todos: [{ id: '1', content: 'left', status: first }, { id: '2', content: 'new', status: second }] }) as ToolPart['editInfo']
  const begin = (taskId: string, first: string, second: string): Call => ({ tool: 'TaskUpdate', input: { taskId, status: 'in_progress' }, editInfo: told(first, second) })
  const left = todosAtRest(play(begin('1', 'in_progress', 'pending')))
  const after = (call: Call) => todosAfter(left, { tool: '', input: {}, output: '', editInfo: null, ...call }, 9000, 'e2').entries.map((each) => each.status)
  expect(after(begin('2', 'in_progress', 'in_progress'))).toEqual(['pending', 'in_progress'])
  expect(after(begin('1', 'in_progress', 'pending'))).toEqual(['in_progress', 'pending'])
})

test('steps: the one after those that are done, which the count beside it agrees with', () => {
  const list = (...statuses: ('pending' | 'in_progress' | 'completed')[]) => ({
    entries: statuses.map((status, at) => ({ id: String(at), content: 'x', activeForm: null, status, startedAt: null, endedAt: null })),
    executionId: null,
  })
  expect(stepsOf(list('completed', 'in_progress', 'pending'))).toMatchObject({ done: 1, total: 3, at: 2, current: { id: '1' } })
  expect(stepsOf(list('pending', 'completed', 'in_progress'))).toMatchObject({ done: 1, at: 2, current: { id: '2' } })
  expect(stepsOf(list('completed', 'pending'))).toMatchObject({ done: 1, at: 2, current: null })
  expect(stepsOf(list('completed', 'completed'))).toMatchObject({ done: 2, at: 2, current: null })
  expect(stepsOf(list())).toMatchObject({ done: 0, total: 0, at: 0, current: null })
})
