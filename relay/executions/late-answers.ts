// Answers whose process is gone before it heard them: a prompt of the relay carries them to the next process.
import type { PermissionRequest } from '#protocol'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { readUnheard } from './kept-requests.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import { continuation, type Decision } from './permission-request.ts'
import { edit, find, prepend, type Prompt, type Waiting } from './queue.ts'
import { movePass, updateWaiting } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { beginTurn, enqueue, messageOf, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

/** `perhapsHeard`: its call may have run. */
type Given = { request: PermissionRequest; decision: Decision; by: { userId: string; name: string }; perhapsHeard?: boolean; trace?: string }

export type LateAnswers = ReturnType<typeof createLateAnswers>

export function createLateAnswers(deps: Pick<Dependencies, 'storage' | 'clock' | 'newId'>, run: SessionRun, turns: Turns) {
  const { storage, clock, newId } = deps
  const { sessionId } = run

  /** In the lane: the prompt that tells these answers begins, or waits before all others. Whoever commits it launches `prompt`. */
  function goOn(draft: Draft, state: LaneState, answers: [Given, ...Given[]]): { next: Partial<LaneState>; prompt: Prompt | null } {
    const [{ request, by, trace }] = answers
    const parked = run.live?.stage === 'parked' && run.live.executionId === request.execution_id
    const begins = parked || !isBusy(state)
    // What an answer allows holds for the turn that brings it, so one prompt brings all that come before it begins.
    const waiting = begins ? undefined : state.queue.find(({ role }) => role === 'relay')
    const words = answers.map((each) => continuation(each.request, each.decision, each.by.name, each.perhapsHeard ?? false)).join('\n\n')
    const prompt: Omit<Waiting, 'place'> = waiting
      ? { ...waiting, content: `${waiting.content}\n\n${words}` }
      : {
          messageId: newId(),
          executionId: parked ? request.execution_id : newId(),
          userId: by.userId,
          username: by.name,
          role: 'relay',
          content: words,
          attachments: [],
          mode: 'queue',
          queuedAt: clock.now(),
          trace: trace ?? newId(),
        }
    const { executionId, messageId } = prompt
    let next: Partial<LaneState> = {}
    if (parked) draft.tell('message', messageOf(sessionId, { ...prompt, place: 0 }, executionId, false), executionId)
    else if (begins) next = beginTurn(draft, state, { ...prompt, place: 0 }, clock.now())
    else {
      const queue = waiting ? edit(state.queue, messageId, { content: prompt.content })! : prepend(state.queue, prompt)
      next = { queue }
      if (waiting) draft.add(updateWaiting(find(queue, messageId)!))
      else enqueue(draft, queue, messageId)
      tellQueue(draft, { ...state, queue })
    }
    for (const { request: { tool }, decision, by: { name } } of answers) {
      const args = { tool, username: name, allowed: decision.behavior === 'allow' }
      draft.log('continued', 'Continued with the answer that was given meanwhile', { args, execution: executionId })
    }
    return { next, prompt: begins ? prompt : null }
  }

  /**
   * In the lane: the answers that were on their way when the process or the relay died. What Claude certainly did not hear passes unasked;
   * a call that may have run is left to it and to people, so that nothing happens twice. False: there were none.
   */
  async function settle(state: LaneState): Promise<boolean> {
    const kept = await readUnheard(storage, sessionId)
    const draft = createDraft(sessionId)
    const [first, ...others] = kept.map(({ request, decision, resolvedBy, pass }): Given => {
      const perhapsHeard = pass === 'handed' && request.kind === 'tool'
      draft.add(movePass(request.request_id, pass!, decision!.behavior === 'allow' && !perhapsHeard ? 'ready' : 'used'))
      return { request, decision: decision!, by: resolvedBy!, perhapsHeard }
    })
    if (!first) return false
    const { next, prompt } = goOn(draft, state, [first, ...others])
    await run.keep(draft, next)
    turns.launch(prompt)
    return true
  }

  return { goOn, settle }
}
