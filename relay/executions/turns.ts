// Turns begin, are handed to Claude and end: the decisions, each taken in the session's lane.
import { sessionChannel } from '#protocol'
import type { ProcessEnd } from '../claude/claude.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { lastStep, type Ended, type Ending, type Execution } from './execution-state.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import { atRest, type EndedBy, type Live } from './live-turn.ts'
import { createMishaps } from './mishaps.ts'
import { contentFor } from './prompt-content.ts'
import { promptIdOf } from './prompt-id.ts'
import type { Waiting } from './queue.ts'
import { dropPasses } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { createSteering } from './steering.ts'
import { beginTurn, endTurn, holdQueue, putFirst } from './turn-events.ts'

export type Prompt = Pick<Waiting, 'executionId' | 'messageId' | 'content' | 'attachments'>

export type Turns = {
  /** In the lane: begins the first waiting prompt if nothing runs and nothing holds it. Whoever commits it calls `launch` then. */
  next(draft: Draft, state: LaneState, options?: { evenHeld?: boolean }): { next: Partial<LaneState>; begins: Prompt | null }
  /** Hands a turn that has begun to Claude. */
  launch(prompt: Prompt | null): void
  /** In the lane: a turn is over, and the next begins in the same commit. */
  over(state: LaneState, turn: Execution, end: Ended): Promise<void>
  /** Ends the turn of this execution and no other one. Returns at once; the end is told when it has come. */
  cutShort(executionId: string, ending: Ending, by: EndedBy | null, nextUp?: string): 'ending' | 'not running'
  /** In the lane: Claude's process is gone without having taken the prompt of the turn in hand. */
  lost(state: LaneState, end: Pick<ProcessEnd, 'cause' | 'detail'>): Promise<void>
  /** Sends what waits to be folded into the running turn. */
  steer(): void
  /** In the lane: no turn runs and no process holds anything, so whoever waits may begin. */
  settle(state: LaneState): Promise<void>
}

export function createTurns(deps: Dependencies, run: SessionRun, isDraining: () => boolean): Turns {
  const { channels, clock, files, sessions, workspaces } = deps
  const { sessionId } = run
  const steering = createSteering(deps, run)
  const mishaps = createMishaps(deps, run, { over, handOver })

  function next(draft: Draft, state: LaneState, { evenHeld = false } = {}): { next: Partial<LaneState>; begins: Prompt | null } {
    const [first] = state.queue
    if (!first || isBusy(state) || isDraining() || (state.held && !evenHeld)) return { next: {}, begins: null }
    return { next: beginTurn(draft, state, first, clock.now()), begins: first }
  }

  function launch(prompt: Prompt | null): void {
    if (!prompt) return
    const promptId = promptIdOf(prompt.messageId, 1)
    run.live = { ...atRest, executionId: prompt.executionId, promptId, prompt, stage: 'handing', handedAt: clock.now() }
    run.track(handOver(run.live))
  }

  async function handOver(live: Live): Promise<void> {
    const { promptId, prompt } = live
    try {
      const link = await run.lane(() => run.open())
      const record = await sessions.get(sessionId)
      if (record) await link.setTrusted(await workspaces.isTrusted(record.workspaceId, true))
      const content = await contentFor(prompt!, files)
      if (run.live !== live) return
      if (live.ending) return await mishaps.drop(live)
      live.sent = true
      await link.send({ id: promptId!, content, priority: 'later' })
    } catch (error) {
      await mishaps.notHanded(live, promptId, error)
    }
  }

  async function over(before: LaneState, turn: Execution, { heard, stats, lastEntry }: Ended): Promise<void> {
    const isMain = before.turn?.id === turn.id
    const live = isMain ? run.live : null
    const why = live?.ending ?? null
    // A question outlives its process: only people, or Claude going on without the answer, make it pointless.
    const crashed = why === 'relay_restart' || (why === null && heard.kind === 'died')
    const told = heard.kind === 'completed' || heard.kind === 'failed'
    const conversationId = (await sessions.get(sessionId))?.conversationId ?? null
    const partial = channels.openBlocks.partial(sessionChannel(sessionId)).filter((block) => block.task === turn.id)
    const draft = createDraft(sessionId)
    let state: LaneState = { ...before, ...endTurn(draft, before, turn, { step: lastStep(heard, why), stats, lastEntry, conversationId, partial, told, withdraws: !crashed }, clock.now()) }
    if (isMain) {
      // After a turn that ended by itself Claude begins the next one with the steers it still holds.
      state = { ...state, ...steering.requeue(draft, state, why === null && told) }
      if (why === 'person') state = holdQueue(draft, state, { reason: 'person', userId: live!.endedBy?.userId ?? null, username: live!.endedBy?.name ?? null })
      else if (why === 'stalled' || crashed || heard.kind === 'unavailable') state = holdQueue(draft, state, { reason: 'crash', userId: null, username: null })
      if (live && !crashed) draft.add(dropPasses(sessionId, live.handedAt))
      if (live?.nextUp) state = { ...state, queue: putFirst(draft, state.queue, live.nextUp) }
      run.live = null
      run.expectedMode = null
    }
    const then = next(draft, state, { evenHeld: live?.nextUp === state.queue[0]?.messageId })
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  async function settle(before: LaneState): Promise<void> {
    if (before.turn || before.beside) return
    const draft = createDraft(sessionId)
    const state = { ...before, ...steering.requeue(draft, before, false) }
    const then = next(draft, state)
    if (draft.events.length === 0) return
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  return { next, launch, over, settle, steer: steering.steer, cutShort: mishaps.cutShort, lost: mishaps.lost }
}
