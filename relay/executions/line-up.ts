// A prompt that comes while others run or wait: it waits its turn, or is folded into the turn that runs.
import { LIMITS, Refused } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Composer, Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import type { Draft } from './draft.ts'
import { fitsFrame, type LaneState } from './lane-state.ts'
import { append, isFull, positionOf, putSteer, type Prompted } from './queue.ts'
import type { CommitOptions, SessionRun } from './session-run.ts'
import { enqueue, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

const fullForMs = 5_000

/** In the lane, for words that were checked. */
export function createLineUp({ newId }: Dependencies, run: SessionRun, turns: Turns, composer: Composer) {
  const { sessionId } = run

  return async function lineUp(draft: Draft, state: LaneState, words: Words, mode: 'queue' | 'steer', options: CommitOptions & { asked: Asked }): Promise<Prompted> {
    if (isFull(state.queue)) throw new Refused('BUSY', `${LIMITS.queueLength} prompts are waiting already`, { retryAfterMs: fullForMs })
    const steers = mode === 'steer' && state.turn !== null
    const added = await composer.compose(draft, options.asked.who, words, steers ? state.turn!.id : newId(), steers ? 'steer' : 'queue')
    const queue = steers ? putSteer(state.queue, added) : append(state.queue, added)
    if (queue.length > 1 && !fitsFrame(sessionId, { queue, held: null })) throw new Refused('BUSY', 'too much text is waiting already', { retryAfterMs: fullForMs })
    enqueue(draft, queue, added.messageId)
    draft.add(...(words.along?.(added.executionId, sessionId) ?? []))
    // Whatever was held goes on: somebody wants Claude to work.
    const queued: LaneState = { ...state, held: null, queue }
    const then = await turns.next(draft, queued)
    if (!then.begins && !then.next.held) tellQueue(draft, queued)
    const after = { ...queued, ...then.next }
    const queue_position = steers ? 0 : positionOf(after.queue, added.messageId)
    const answer: Prompted = { session_id: sessionId, message_id: added.messageId, execution_id: added.executionId, queue_position }
    await run.commit(draft, after, { ...options, result: answer })
    turns.launch(then.begins)
    if (!then.begins && steers) turns.steer()
    return answer
  }
}
