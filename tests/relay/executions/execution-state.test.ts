// The life of an execution: every allowed step, no other one, and never two ends.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { KEPT } from '#protocol'
import { advance, lastStep, statusBefore, take, taskOf, type Ending, type Execution, type Heard, type Step } from '../../../relay/executions/execution-state.ts'

const fresh: Execution = {
  id: 'x1',
  sessionId: 's1',
  messageId: 'm1',
  userId: 'u1',
  username: 'Ada',
  origin: 'prompt',
  status: 'pending',
  reason: null,
  progress: 0,
  createdAt: 1,
  startedAt: null,
  endedAt: null,
  error: null,
  continues: [],
  trace: 't1',
}
const error = { code: 'api_error', message: 'no' }
const steps: Step[] = [
  { to: 'running' },
  { to: 'completed' },
  { to: 'failed', error },
  { to: 'interrupted', reason: 'person' },
  { to: 'interrupted', reason: 'process_died', error },
  { to: 'cancelled' },
]

test('T1 any sequence of steps passes pending → running → one end, or pending → cancelled, and each task event fits the contract', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...steps), fc.double({ min: 0, max: 0.99, noNaN: true })), { maxLength: 12 }), (sequence) => {
      let execution = fresh
      const seen = [execution.status]
      for (const [index, step] of sequence.entries()) {
        if (typeof step === 'number') {
          const further = advance(execution, step)
          expect(further !== null).toBe(execution.status === 'running' && step > execution.progress)
          execution = further ?? execution
          continue
        }
        const next = take(execution, step, 10 + index)
        expect(next === null).toBe(execution.status !== statusBefore(step))
        if (next === null) continue
        expect(execution.endedAt).toBeNull()
        expect(next.progress).toBe(step.to === 'completed' ? 1 : execution.progress)
        execution = next
        seen.push(execution.status)
        expect(KEPT.task.safeParse(taskOf(execution)).success).toBe(true)
      }
      const text = seen.join(' ')
      expect(text).toMatch(/^pending( cancelled| running( completed| failed| interrupted)?)?$/)
      expect(execution.endedAt !== null).toBe(!['pending', 'running'].includes(execution.status))
      expect(execution.startedAt !== null).toBe(seen.includes('running'))
      expect(execution.reason !== null).toBe(execution.status === 'interrupted')
    }),
  )
})

test('an end is what Claude said, seen with what people asked for', () => {
  const heard: Heard[] = [{ kind: 'completed' }, { kind: 'aborted' }, { kind: 'failed', error }, { kind: 'died', error }, { kind: 'unavailable', error }]
  const endings: (Ending | null)[] = [null, 'person', 'steer', 'stalled', 'relay_restart', 'budget']
  const table = Object.fromEntries(heard.map((each) => [each.kind, endings.map((ending) => {
    const step = lastStep(each, ending)
    return step.to === 'interrupted' ? step.reason : step.to
  })]))
  expect(table).toEqual({
    completed: ['completed', 'completed', 'completed', 'completed', 'completed', 'completed'],
    aborted: ['failed', 'person', 'steer', 'stalled', 'relay_restart', 'budget'],
    failed: ['failed', 'person', 'steer', 'stalled', 'relay_restart', 'budget'],
    unavailable: ['failed', 'person', 'steer', 'stalled', 'relay_restart', 'budget'],
    died: ['process_died', 'person', 'steer', 'stalled', 'relay_restart', 'budget'],
  })
})

test('the task event of a turn without a prompt names nobody', () => {
  const task = taskOf({ ...fresh, messageId: null, userId: null, username: null, origin: 'background', status: 'running', startedAt: 5 })
  expect(task).toEqual({ session_id: 's1', execution_id: 'x1', status: 'running', origin: 'background', progress: 0, started_at: 5, trace_id: 't1' })
})
