// The todo list from both families of tools: TodoWrite sends the whole list, TaskCreate/Update/List/Get send single changes.
import type { Todo } from '#protocol'
import { type Fields, fieldsOf } from './facts.ts'

/** An empty text says nothing. */
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const STATUSES = ['pending', 'in_progress', 'completed'] as const
const statusOf = (value: unknown): Todo['status'] | undefined => STATUSES.find((status) => status === value)

function todoOf(value: unknown): Todo[] {
  const fields = fieldsOf(value)
  const content = textOf(fields.content)
  const activeForm = textOf(fields.activeForm)
  return content === undefined ? [] : [{ content, status: statusOf(fields.status) ?? 'pending', ...(activeForm ? { activeForm } : {}) }]
}

/** `seed` is the list at the end of the session's last process: single changes need the list they change. */
export function createTodos(seed: readonly Todo[]) {
  let tasks: Todo[] = [...seed]

  function change(id: string, changes: Partial<Todo>): void {
    const known = tasks.find((task) => task.id === id)
    if (known) tasks = tasks.map((task) => (task === known ? { ...task, ...changes } : task))
    else tasks = [...tasks, { content: `#${id}`, status: 'pending', ...changes, id }]
  }

  function update(input: Fields): void {
    const id = textOf(input.taskId)
    if (id === undefined) return
    if (input.status === 'deleted') {
      tasks = tasks.filter((task) => task.id !== id)
      return
    }
    const content = textOf(input.subject)
    const status = statusOf(input.status)
    const activeForm = textOf(input.activeForm)
    change(id, { ...(content ? { content } : {}), ...(status ? { status } : {}), ...(activeForm ? { activeForm } : {}) })
  }

  /** What a read of the list says; forms that only the creation named are kept. */
  function learn(value: unknown): string | undefined {
    const task = fieldsOf(value)
    const id = textOf(task.id)
    const content = textOf(task.subject)
    if (id === undefined || content === undefined) return undefined
    change(id, { content, status: statusOf(task.status) ?? 'pending' })
    return id
  }

  return {
    tasks: (): readonly Todo[] => tasks,
    /** The whole list after a call that succeeded; undefined for calls that are not about todos. */
    after(tool: string, input: Fields, result: unknown): Todo[] | undefined {
      const fields = fieldsOf(result)
      switch (tool) {
        case 'TodoWrite':
          return (Array.isArray(input.todos) ? input.todos : []).flatMap(todoOf)
        case 'TaskCreate': {
          const id = learn(fields.task)
          const activeForm = textOf(input.activeForm)
          if (id !== undefined && activeForm) change(id, { activeForm })
          return tasks
        }
        case 'TaskUpdate':
          if (fields.success !== false) update(input)
          return tasks
        case 'TaskList':
          if (Array.isArray(fields.tasks)) {
            const ids = fields.tasks.map(learn)
            tasks = tasks.filter((task) => ids.includes(task.id ?? undefined))
          }
          return tasks
        case 'TaskGet':
          learn(fields.task)
          return tasks
        default:
          return undefined
      }
    },
    forget(): void {
      tasks = []
    },
  }
}
