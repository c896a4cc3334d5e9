// How far a turn is by Claude's own todo list: the only truth there is about it before its end.
import type { Todo } from '#protocol'
import type { Fact } from '../claude/claude.ts'

/** The list of the turn itself; a subagent's is not. */
const listIn = ({ type, data }: Fact): readonly Todo[] | null =>
  type === 'progress' && data.progress_type === 'tool_end' && !data.parent_tool_use_id && data.edit_info?.type === 'todo' ? data.edit_info.todos : null

export function createPlanProgress() {
  /** How many were done when the list was told last; null: no list is known. */
  let done: number | null = null
  /** What was done before the turn began is none of its doing. */
  let before: number | null = null
  let turn: string | null = null
  return {
    /** 0 to less than 1, in hundredths; 0: this says nothing. With all of them done the turn goes on still, and how far that is nobody knows. */
    after(fact: Fact, executionId: string | null): number {
      const todos = listIn(fact)
      if (!todos) return 0
      if (executionId !== turn) before = done
      turn = executionId
      done = todos.filter(({ status }) => status === 'completed').length
      before = Math.min(before ?? done, done)
      return done === todos.length ? 0 : Math.floor((100 * (done - before)) / (todos.length - before)) / 100
    },
  }
}
