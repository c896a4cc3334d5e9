// How far a turn is, by the todo lists that it tells.
import { expect, test } from 'bun:test'
import type { Todo } from '#protocol'
import { createPlanProgress } from '../../../relay/executions/plan-progress.ts'

const list = (marks: string): Todo[] => [...marks].map((mark, index) => ({ content: `#${index}`, status: mark === 'x' ? 'completed' : mark === '>' ? 'in_progress' : 'pending' }))

test('T1 what is done of a list, of what the turn found to do; what was done before it began does not count, and a list that is done says nothing', () => {
  const plan = createPlanProgress()
  plan.turnBegan()
  expect(['', '>', '>..', 'x>.', 'xx.', 'xxx'].map((marks) => plan.told(list(marks)))).toEqual([0, 0, 0, 0.33, 0.66, 0])
  plan.turnBegan()
  expect(['xxx>.', 'xxxx>', 'xxxxx'].map((marks) => plan.told(list(marks)))).toEqual([0, 0.5, 0])
  plan.turnBegan()
  // Another list in the place of the old one.
  expect(['..', 'x.'].map((marks) => plan.told(list(marks)))).toEqual([0, 0.5])
})

test('of a list that somebody before this relay began, what is done when it is told first is not the turn’s', () => {
  const plan = createPlanProgress()
  plan.turnBegan()
  expect(['xx..', 'xxx.'].map((marks) => plan.told(list(marks)))).toEqual([0, 0.5])
})
