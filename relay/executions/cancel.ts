// Ends an execution, however far it is: one that waits never begins, one that runs is interrupted, one that is over stays what it is.
import { Refused, type Task } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Dependencies } from './dependencies.ts'
import { readVisible, type KeptExecution } from './kept-executions.ts'
import type { Rooms } from './rooms.ts'
import { within } from './within.ts'

/** Claude stops within a second, nearly always; who asks hears what is so then. */
const endsWithinMs = 3_000

type Cancelled = { execution_id: string; status: Task['status'] }

export function createCancel(deps: Pick<Dependencies, 'auth' | 'clock' | 'ends' | 'storage'>, rooms: Rooms) {
  const { clock, ends } = deps
  const read = (asked: Asked, executionId: string) => readVisible(deps, asked.who, executionId)

  /** False when it began meanwhile. */
  async function takeFromQueue(asked: Asked, { sessionId, messageId }: KeptExecution, result: Cancelled): Promise<boolean> {
    const answering: Asked = { who: asked.who, answering: () => asked.answering(result) }
    try {
      await rooms.of(sessionId).queue.update(answering, { session_id: sessionId, message_id: messageId!, action: 'cancel' })
      return true
    } catch (error) {
      if (error instanceof Refused && error.code === 'CONFLICT' && error.options.retryAfterMs === undefined) return false
      throw error
    }
  }

  /** The status in which it ended, or that it still runs. */
  async function ended(executionId: string, stop: () => Promise<unknown>): Promise<Task['status']> {
    const over = Promise.withResolvers<void>()
    let status: Task['status'] = 'running'
    const stopListening = ends.listen((task) => {
      if (task.execution_id !== executionId) return
      status = task.status
      over.resolve()
    })
    try {
      await stop()
      await within(clock, endsWithinMs, over.promise)
    } finally {
      stopListening()
    }
    return status
  }

  return async function cancel(asked: Asked, executionId: string): Promise<Cancelled> {
    const result: Cancelled = { execution_id: executionId, status: 'cancelled' }
    let execution = await read(asked, executionId)
    if (execution.status === 'pending') {
      if (await takeFromQueue(asked, execution, result)) return result
      execution = await read(asked, executionId)
    }
    if (execution.status !== 'running') throw new Refused('CONFLICT', `this execution is ${execution.status} already`, { details: { status: execution.status } })
    const { commands } = rooms.of(execution.sessionId)
    const stop = () => commands.carryOut(asked, { session_id: execution.sessionId, command: 'interrupt', args: { execution_id: executionId } })
    return { ...result, status: await ended(executionId, stop) }
  }
}
