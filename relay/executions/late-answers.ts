// Answers whose process is gone before it heard them: a prompt of the relay carries them to the next process.
import { allows, type PermissionRequest } from '#protocol'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { readLastPrompter, readLatest, type KeptExecution } from './kept-executions.ts'
import { readUnheard } from './kept-requests.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import { continuation, type Decision } from './permission-request.ts'
import { edit, find, prepend, type GoesOn, type Prompt, type Waiting } from './queue.ts'
import { continueIn, movePass, updateWaiting } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { beginTurn, enqueue, messageOf, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

/** `perhapsHeard`: its call may have run. */
type Given = { request: PermissionRequest; decision: Decision; by: { userId: string; name: string }; perhapsHeard?: boolean; trace?: string }

export type LateAnswers = ReturnType<typeof createLateAnswers>

export function createLateAnswers(deps: Pick<Dependencies, 'storage' | 'clock' | 'newId' | 'sessions' | 'webhooks'>, run: SessionRun, turns: Turns) {
  const { storage, clock, newId, sessions, webhooks } = deps
  const { sessionId } = run

  /** What was asked in, as far as its work has come by now; `into` carries some of it already. */
  async function askedIn(answers: Given[], into: string | undefined): Promise<KeptExecution[]> {
    const found = new Map<string, KeptExecution>()
    for (const { request } of answers) {
      const latest = await readLatest(storage, request.execution_id)
      if (latest && latest.id !== into) found.set(latest.id, latest)
    }
    return [...found.values()]
  }

  /** It stays the work of whoever began it, as long as they may prompt here; else it becomes that of whoever answers. */
  async function ownerOf(asked: KeptExecution | undefined, { userId, name }: Given['by']): Promise<Omit<GoesOn, 'after'>> {
    const began = asked?.userId ?? (await readLastPrompter(storage, sessionId, asked?.createdAt ?? clock.now())).userId
    const there = (await sessions.roster(sessionId)).find(({ user_id, role }) => user_id === began && allows('prompt', role))
    return there ? { userId: there.user_id, username: there.username } : { userId, username: name }
  }

  /** In the lane: the prompt that tells these answers begins, or waits before all others. Whoever commits it launches `prompt`. */
  async function goOn(draft: Draft, state: LaneState, answers: [Given, ...Given[]]): Promise<{ next: Partial<LaneState>; prompt: Prompt | null }> {
    const [{ request, by, trace }] = answers
    const parked = run.live?.stage === 'parked' && run.live.executionId === request.execution_id
    const begins = parked || !isBusy(state)
    // What an answer allows holds for the turn that brings it, so one prompt brings all that come before it begins.
    const waiting = begins ? undefined : state.queue.find(({ role }) => role === 'relay')
    // A parked turn is not over: it goes on itself.
    const asked = parked ? [] : await askedIn(answers, waiting?.executionId)
    const goesOn: GoesOn = { ...(waiting?.goesOn ?? (await ownerOf(asked[0], by))), after: [...(waiting?.goesOn?.after ?? []), ...asked.map(({ id }) => id)] }
    const words = answers.map((each) => continuation(each.request, each.decision, each.by.name, each.perhapsHeard ?? false)).join('\n\n')
    const prompt: Omit<Waiting, 'place'> = waiting
      ? { ...waiting, goesOn, content: `${waiting.content}\n\n${words}` }
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
          ...(!parked && { goesOn }),
        }
    const { executionId, messageId } = prompt
    let next: Partial<LaneState> = {}
    if (parked) draft.tell('message', messageOf(sessionId, { ...prompt, place: 0 }, executionId, false), executionId)
    else if (begins) next = beginTurn(draft, state, { ...prompt, place: 0 }, clock.now())
    else {
      const queue = waiting ? edit(state.queue, messageId, { content: prompt.content, goesOn })! : prepend(state.queue, prompt)
      next = { queue }
      if (waiting) draft.add(updateWaiting(find(queue, messageId)!))
      else enqueue(draft, queue, messageId)
      tellQueue(draft, { ...state, queue })
    }
    for (const { id } of asked) draft.add(...continueIn(id, executionId), ...((await webhooks?.goOn(id, executionId)) ?? []))
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
    const { next, prompt } = await goOn(draft, state, [first, ...others])
    await run.keep(draft, next)
    turns.launch(prompt)
    return true
  }

  return { goOn, settle }
}
