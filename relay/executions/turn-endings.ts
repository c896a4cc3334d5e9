// Turns end, and the next begins in the same commit. Decided in the session's lane.
import { sessionChannel } from '#protocol'
import type { Pending } from '../usage/usage.ts'
import { countTurn } from './count-turn.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { lastStep, take, type Ended, type Execution } from './execution-state.ts'
import type { LaneState } from './lane-state.ts'
import { dropPasses } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import type { Steering } from './steering.ts'
import { endTurn, holdQueue, putFirst } from './turn-events.ts'
import type { Prompt } from './queue.ts'

export type Beginnings = {
  /**
   * In the lane: begins the first waiting prompt of somebody who may still spend, if nothing runs and nothing holds it; where all have spent
   * their day, the queue is held and told. Whoever commits it calls `launch` then. `pending`: what ends in this commit has cost.
   */
  next(draft: Draft, state: LaneState, options?: { evenHeld?: boolean; pending?: Pending }): Promise<{ next: Partial<LaneState>; begins: Prompt | null }>
  launch(prompt: Prompt | null): void
}

export type TurnEndings = {
  /** In the lane: a turn is over, and the next begins in the same commit. */
  over(state: LaneState, turn: Execution, end: Ended): Promise<void>
  /** In the lane: no turn runs and no process holds anything, so whoever waits may begin. */
  settle(state: LaneState): Promise<void>
}

export function createTurnEndings(deps: Dependencies, run: SessionRun, steering: Pick<Steering, 'requeue'>, { next, launch }: Beginnings): TurnEndings {
  const { channels, clock, sessions } = deps
  const { sessionId } = run

  async function over(before: LaneState, turn: Execution, { heard, stats, used, lastEntry }: Ended): Promise<void> {
    const isMain = before.turn?.id === turn.id
    const live = isMain ? run.live : null
    const why = live?.ending ?? null
    // A question outlives its process: only people, or Claude going on without the answer, make it pointless.
    const crashed = why === 'relay_restart' || (why === null && heard.kind === 'died')
    const told = heard.kind === 'completed' || heard.kind === 'failed'
    const record = await sessions.get(sessionId)
    const conversationId = record?.conversationId ?? null
    const partial = channels.openBlocks.partial(sessionChannel(sessionId)).filter((block) => block.task === turn.id)
    const draft = createDraft(sessionId)
    const step = lastStep(heard, why)
    let state: LaneState = { ...before, ...endTurn(draft, before, turn, { step, stats, lastEntry, conversationId, partial, told, withdraws: !crashed }, clock.now()) }
    const counted = await countTurn(deps, draft, turn, { workspaceId: record?.workspaceId ?? null, stats, untold: [...(live?.untold ?? []), ...used] })
    state = { ...state, costUsd: state.costUsd + counted.untoldMicros / 1_000_000 }
    // Agents beside the conversation would go on asking the model for somebody who has spent the day.
    if (counted.isSpent) run.track(run.link?.stopAgents())
    if (isMain) {
      // After a turn that ended by itself Claude begins the next one with the steers it still holds.
      state = { ...state, ...steering.requeue(draft, state, why === null && told) }
      if (why === 'person') state = holdQueue(draft, state, { reason: 'person', userId: live!.endedBy?.userId ?? null, username: live!.endedBy?.name ?? null })
      else if (why === 'stalled' || crashed || heard.kind === 'unavailable') state = holdQueue(draft, state, { reason: 'crash', userId: null, username: null })
      if (live && !crashed) draft.add(dropPasses(sessionId, live.handedAt))
      if (live?.nextUp) state = { ...state, queue: putFirst(draft, state.queue, live.nextUp) }
      run.live = null
      run.expectedMode = null
    } else if (crashed) state = holdQueue(draft, state, { reason: 'crash', userId: null, username: null })
    // What is held waits for people, and those who answered were there: their answers go one after another.
    const carriesOn = told && why === null && state.queue[0]?.role === 'relay'
    const then = await next(draft, state, { evenHeld: carriesOn || live?.nextUp === state.queue[0]?.messageId, pending: counted.pending })
    run.told.ended(take(turn, step, clock.now()) ?? turn, 'error' in heard ? heard.error : null)
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  async function settle(before: LaneState): Promise<void> {
    if (before.turn || before.beside) return
    const draft = createDraft(sessionId)
    const state = { ...before, ...steering.requeue(draft, before, false) }
    const then = await next(draft, state)
    if (draft.events.length === 0) return
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  return { over, settle }
}
