// Answers whose process is gone before it heard them: one prompt of the relay carries each to the next process.
import type { PermissionRequest } from '#protocol'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import { continuation, type Decision } from './permission-request.ts'
import { prepend, type Prompt, type Waiting } from './queue.ts'
import { movePass, readRequests } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { beginTurn, enqueue, messageOf, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

/** `perhapsHeard`: its call may have run. */
type Given = { request: PermissionRequest; decision: Decision; by: { userId: string; name: string }; perhapsHeard?: boolean }

export type LateAnswers = ReturnType<typeof createLateAnswers>

export function createLateAnswers(deps: Pick<Dependencies, 'storage' | 'clock' | 'newId'>, run: SessionRun, turns: Turns) {
  const { storage, clock, newId } = deps
  const { sessionId } = run

  /** In the lane: the prompt that tells this answer begins, or waits before all others. Whoever commits it launches `prompt`. */
  function goOn(draft: Draft, state: LaneState, given: Given): { next: Partial<LaneState>; prompt: Prompt | null } {
    const { request, decision, by } = given
    const parked = run.live?.stage === 'parked' && run.live.executionId === request.execution_id
    const executionId = parked ? request.execution_id : newId()
    const prompt: Omit<Waiting, 'place'> = {
      messageId: newId(),
      executionId,
      userId: by.userId,
      username: by.name,
      role: 'relay',
      content: continuation(request, decision, by.name, given.perhapsHeard ?? false),
      attachments: [],
      mode: 'queue',
      queuedAt: clock.now(),
    }
    const args = { tool: request.tool, username: by.name, allowed: decision.behavior === 'allow' }
    const begins = parked || !isBusy(state)
    let next: Partial<LaneState> = {}
    if (parked) draft.tell('message', messageOf(sessionId, { ...prompt, place: 0 }, executionId, false), executionId)
    else if (begins) next = beginTurn(draft, state, { ...prompt, place: 0 }, clock.now())
    else {
      const queue = prepend(state.queue, prompt)
      next = { queue }
      enqueue(draft, queue, prompt.messageId)
      tellQueue(draft, { ...state, queue })
    }
    draft.log('continued', 'Continued with the answer that was given meanwhile', { args, execution: executionId })
    return { next, prompt: begins ? prompt : null }
  }

  /**
   * In the lane: the answers that were on their way when the process or the relay died. What Claude certainly did not hear passes unasked;
   * a call that may have run is left to it and to people, so that nothing happens twice.
   */
  async function settle(before: LaneState): Promise<void> {
    const kept = await readRequests(storage, "session_id = ? AND pass IN ('owed', 'handed')", [sessionId])
    if (kept.length === 0) return
    const draft = createDraft(sessionId)
    let state = before
    let begins: Prompt | null = null
    for (const { request, decision, resolvedBy, pass } of kept) {
      const perhapsHeard = pass === 'handed' && request.kind === 'tool'
      draft.add(movePass(request.request_id, pass!, decision!.behavior === 'allow' && !perhapsHeard ? 'ready' : 'used'))
      const { next, prompt } = goOn(draft, state, { request, decision: decision!, by: resolvedBy!, perhapsHeard })
      state = { ...state, ...next }
      begins ??= prompt
    }
    await run.keep(draft, state)
    turns.launch(begins)
  }

  return { goOn, settle }
}
