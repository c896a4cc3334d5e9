// An execution whose queue is held goes on: for scripts, which see no button.
import { Refused } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Dependencies } from './dependencies.ts'
import { hasEnded } from './execution-state.ts'
import { readVisible } from './kept-executions.ts'
import type { Rooms } from './rooms.ts'

export function createGoOn(deps: Pick<Dependencies, 'auth' | 'storage'>, rooms: Rooms, refuseWhileDraining: () => void) {
  return async function goOn(asked: Asked, executionId: string): Promise<object> {
    refuseWhileDraining()
    const { sessionId, status } = await readVisible(deps, asked.who, executionId)
    if (hasEnded({ status })) throw new Refused('CONFLICT', `this execution is ${status} already`, { details: { status } })
    if (status === 'running') return {}
    return rooms.of(sessionId).commands.carryOut(asked, { session_id: sessionId, command: 'continue' })
  }
}
