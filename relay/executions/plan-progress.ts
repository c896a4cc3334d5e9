// How far a turn is by Claude's own todo list: the only truth there is about it before its end.
import type { Todo } from '#protocol'

const doneIn = (todos: readonly Todo[]): number => todos.filter(({ status }) => status === 'completed').length

export function createPlanProgress() {
  /** How many were done when the list was told last; null: no list is known. */
  let done: number | null = null
  /** What was done before the turn began is none of its doing. */
  let before: number | null = null
  return {
    turnBegan: () => void (before = done),
    /** 0 to less than 1, in hundredths: with all of them done the turn goes on still, and how far that is nobody knows. */
    told(todos: readonly Todo[]): number {
      done = doneIn(todos)
      before = Math.min(before ?? done, done)
      return done === todos.length ? 0 : Math.floor((100 * (done - before)) / (todos.length - before)) / 100
    },
  }
}
