// The todo list of a session, from both families of tools: TodoWrite (the whole list) and TaskCreate/TaskUpdate/TaskList.
import type { TodoEntry, TodoList, TodoStatus, ToolPart } from './timeline.ts'

const TODO_TOOLS = new Set(['TodoWrite', 'TaskCreate', 'TaskUpdate', 'TaskList', 'TaskGet'])
export const isTodoTool = (tool: string) => TODO_TOOLS.has(tool)

export const countTodos = (todos: readonly { status: TodoStatus }[]) => ({ total: todos.length, done: todos.filter((each) => each.status === 'completed').length })

type Fields = Record<string, unknown>
type Call = Pick<ToolPart, 'tool' | 'input' | 'output' | 'editInfo'>
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {})
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null
const statusOf = (value: unknown): TodoStatus | null =>
  value === 'pending' || value === 'in_progress' || value === 'completed' ? value : null

/** The list after a call that succeeded. `at`: when it ended. */
export function todosAfter(list: TodoList, call: Call, at: number, executionId: string): TodoList {
  const entries = entriesAfter(list.entries, call, at)
  return entries === list.entries ? list : { entries, executionId }
}

function entriesAfter(entries: readonly TodoEntry[], call: Call, at: number): readonly TodoEntry[] {
  const input = fieldsOf(call.input)
  // The relay's own reading of the call is the whole list, whatever the tool was.
  if (call.editInfo?.type === 'todo') return stillAtRest(entries, replaced(entries, call.editInfo.todos, at), call)
  if (call.tool === 'TodoWrite') return Array.isArray(input.todos) ? replaced(entries, input.todos, at) : entries
  if (call.tool === 'TaskCreate') return created(entries, input, call.output, at)
  if (call.tool === 'TaskUpdate') return updated(entries, input, at)
  if (call.tool === 'TaskList') return listed(entries, call.output, at)
  return entries
}

const entry = (id: string, content: string, activeForm: string | null, status: TodoStatus, at: number): TodoEntry =>
  withStatus({ id, content, activeForm, status: 'pending', startedAt: null, endedAt: null }, status, at)

function withStatus(before: TodoEntry, status: TodoStatus, at: number): TodoEntry {
  if (before.status === status) return before
  if (status === 'pending') return { ...before, status, startedAt: null, endedAt: null }
  if (status === 'in_progress') return { ...before, status, startedAt: at, endedAt: null }
  return { ...before, status, endedAt: at }
}

/** What was begun by a turn that is over is not being done: it is open again until Claude says that it goes on. */
export function todosAtRest(list: TodoList): TodoList {
  if (list.entries.every((each) => each.status !== 'in_progress')) return list
  return { ...list, entries: list.entries.map((each) => (each.status === 'in_progress' ? withStatus(each, 'pending', 0) : each)) }
}

/** A list told along with a call about one task begins none of the others. */
function stillAtRest(before: readonly TodoEntry[], after: readonly TodoEntry[], { tool, input }: Call): readonly TodoEntry[] {
  if (tool === 'TodoWrite') return after
  const about = textOf(fieldsOf(input).taskId)
  const rests = (each: TodoEntry) => each.status === 'in_progress' && each.id !== about && before.some(({ id, status }) => id === each.id && status === 'pending')
  return after.map((each) => (rests(each) ? withStatus(each, 'pending', 0) : each))
}

/** A rewritten list may have no ids of its own: an entry is the one with the same words, so that its times go on. */
function replaced(entries: readonly TodoEntry[], todos: readonly unknown[], at: number): TodoEntry[] {
  const old = [...entries]
  let fresh = Number(nextId(entries))
  return todos.map((todo) => {
    const fields = fieldsOf(todo)
    const content = textOf(fields.content) ?? textOf(fields.subject) ?? ''
    const status = statusOf(fields.status) ?? 'pending'
    const activeForm = textOf(fields.activeForm)
    const id = textOf(fields.id)
    const known = old.findIndex((each) => (id === null ? each.content === content : each.id === id))
    if (known === -1) return entry(id ?? String(fresh++), content, activeForm, status, at)
    const [before] = old.splice(known, 1) as [TodoEntry]
    return withStatus({ ...before, content, activeForm: activeForm ?? before.activeForm }, status, at)
  })
}

function created(entries: readonly TodoEntry[], input: Fields, output: unknown, at: number): readonly TodoEntry[] {
  const task = fieldsOf(fieldsOf(output).task)
  const id = textOf(task.id) ?? /#(\w+)/.exec(plainText(output))?.[1] ?? nextId(entries)
  const content = textOf(input.subject) ?? textOf(task.subject) ?? textOf(input.description) ?? ''
  if (entries.some((each) => each.id === id)) return entries
  return [...entries, entry(id, content, textOf(input.activeForm), 'pending', at)]
}

const nextId = (entries: readonly TodoEntry[]) => String(entries.reduce((most, each) => Math.max(most, Number(each.id) || 0), 0) + 1)

function updated(entries: readonly TodoEntry[], input: Fields, at: number): readonly TodoEntry[] {
  const id = textOf(input.taskId)
  if (id === null) return entries
  if (input.status === 'deleted') return entries.filter((each) => each.id !== id)
  const known = entries.findIndex((each) => each.id === id)
  const change = (before: TodoEntry): TodoEntry =>
    withStatus(
      { ...before, content: textOf(input.subject) ?? before.content, activeForm: textOf(input.activeForm) ?? before.activeForm },
      statusOf(input.status) ?? before.status,
      at,
    )
  // Created before what is loaded: better a task with its number for a name than none.
  if (known === -1) return [...entries, change(entry(id, `#${id}`, null, 'pending', at))]
  return entries.map((each, index) => (index === known ? change(each) : each))
}

/** TaskList tells all tasks: structured, or as lines `#1 [completed] Subject`. */
function listed(entries: readonly TodoEntry[], output: unknown, at: number): readonly TodoEntry[] {
  const tasks = fieldsOf(output).tasks
  const lines = plainText(output).matchAll(/^#(\w+)\.? \[(pending|in_progress|completed)\] (.+)$/gm)
  const told = Array.isArray(tasks) ? tasks.map(fieldsOf) : [...lines].map(([, id, status, subject]): Fields => ({ id, status, subject }))
  if (told.length === 0) return entries
  return told.map((task) => {
    const id = textOf(task.id) ?? ''
    const before = entries.find((each) => each.id === id)
    const status = statusOf(task.status) ?? before?.status ?? 'pending'
    const content = textOf(task.subject) ?? before?.content ?? `#${id}`
    return before ? withStatus({ ...before, content }, status, at) : entry(id, content, null, status, at)
  })
}

/** The text of a tool's result: a string, or content blocks. */
export function plainText(output: unknown): string {
  if (typeof output === 'string') return output
  if (Array.isArray(output)) {
    const texts = output.map((block) => textOf(fieldsOf(block).text) ?? (typeof block === 'string' ? block : ''))
    return texts.filter((text) => text !== '').join('\n')
  }
  const fields = fieldsOf(output)
  return fields.content === undefined ? (textOf(fields.text) ?? '') : plainText(fields.content)
}

/** What "step 4 of 6" needs: after three that are done comes the fourth, in whatever order they were done. `current`: the one in progress. */
export function stepsOf(list: TodoList): { done: number; total: number; at: number; current: TodoEntry | null } {
  const { total, done } = countTodos(list.entries)
  return { done, total, at: Math.min(done + 1, total), current: list.entries.find((each) => each.status === 'in_progress') ?? null }
}
