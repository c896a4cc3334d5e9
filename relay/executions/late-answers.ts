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

/** A prompt that is to tell these answers, and the executions that its own goes on with by them. */
type Carrier = { prompt: Omit<Waiting, 'place'>; answers: Given[]; asked: string[] }

export type LateAnswers = ReturnType<typeof createLateAnswers>

export function createLateAnswers(deps: Pick<Dependencies, 'storage' | 'clock' | 'newId' | 'sessions' | 'webhooks'>, run: SessionRun, turns: Turns) {
  const { storage, clock, newId, sessions, webhooks } = deps
  const { sessionId } = run

  /** Such a turn is not over: it goes on itself. */
  const isParked = (executionId: string) => run.live?.stage === 'parked' && run.live.executionId === executionId

  /** It stays the work of whoever began it, as long as they may prompt here; else it becomes that of whoever answers. */
  async function workOf(asked: KeptExecution | null, { userId, name }: Given['by']): Promise<GoesOn> {
    const began = asked?.userId ?? (await readLastPrompter(storage, sessionId, asked?.createdAt ?? clock.now())).userId
    const there = (await sessions.roster(sessionId)).find(({ user_id, role }) => user_id === began && allows('prompt', role))
    const whose = there ? { userId: there.user_id, username: there.username } : { userId, username: name }
    return { ...whose, after: [], metadata: asked?.metadata ?? null }
  }

  /**
   * Puts it to the prompt that is to tell it: the one in which its work waits already, else one that is for the same person's work with the same
   * metadata, for these are its execution's; else a new one.
   */
  async function collect(given: Given, { queue }: LaneState, into: Carrier[]): Promise<void> {
    const { request, by, trace } = given
    const asked = await readLatest(storage, request.execution_id)
    const goesOn = isParked(request.execution_id) ? null : await workOf(asked, by)
    const isSameWork = (of: GoesOn | undefined) => goesOn !== null && of?.userId === goesOn.userId && of.metadata === goesOn.metadata
    const known = [...into, ...queue.flatMap((prompt): Carrier[] => (prompt.role === 'relay' ? [{ prompt, answers: [], asked: [] }] : []))]
    const carrier = known.find(({ prompt }) => prompt.executionId === asked?.id) ?? known.find(({ prompt }) => isSameWork(prompt.goesOn)) ?? {
      prompt: {
        messageId: newId(),
        executionId: goesOn ? newId() : request.execution_id,
        userId: by.userId,
        username: by.name,
        role: 'relay',
        content: '',
        attachments: [],
        mode: 'queue',
        queuedAt: clock.now(),
        trace: trace ?? newId(),
        ...(goesOn && { goesOn }),
      },
      answers: [],
      asked: [],
    }
    carrier.answers.push(given)
    if (asked && asked.id !== carrier.prompt.executionId && !carrier.asked.includes(asked.id)) carrier.asked.push(asked.id)
    if (!into.includes(carrier)) into.push(carrier)
  }

  /** In the lane: the prompt begins if it can, or waits before all others. */
  async function carry(draft: Draft, state: LaneState, { prompt: before, answers, asked }: Carrier): Promise<{ next: Partial<LaneState>; begun: Prompt | null }> {
    const { executionId, messageId } = before
    const words = answers.map((each) => continuation(each.request, each.decision, each.by.name, each.perhapsHeard ?? false))
    const goesOn = before.goesOn && { ...before.goesOn, after: [...before.goesOn.after, ...asked] }
    const waiting = find(state.queue, messageId)
    const prompt: Waiting = { ...before, content: [...(waiting ? [waiting.content] : []), ...words].join('\n\n'), ...(goesOn && { goesOn }), place: waiting?.place ?? 0 }
    const begins = isParked(executionId) || !isBusy(state)
    let next: Partial<LaneState> = {}
    if (isParked(executionId)) draft.tell('message', messageOf(sessionId, prompt, executionId, false), executionId)
    else if (begins) next = beginTurn(draft, state, prompt, clock.now())
    else {
      const { list: queue, moved } = waiting ? { list: edit(state.queue, messageId, { content: prompt.content, goesOn })!, moved: [prompt] } : prepend(state.queue, prompt)
      next = { queue }
      draft.add(...moved.map(updateWaiting))
      if (!waiting) enqueue(draft, queue, messageId)
      tellQueue(draft, { ...state, queue })
    }
    for (const id of asked) draft.add(...continueIn(id, executionId), ...((await webhooks?.goOn(id, executionId)) ?? []))
    for (const { request: { tool }, decision, by: { name } } of answers) {
      const args = { tool, username: name, allowed: decision.behavior === 'allow' }
      draft.log('continued', 'Continued with the answer that was given meanwhile', { args, execution: executionId })
    }
    return { next, begun: begins ? prompt : null }
  }

  /** In the lane: the prompt that tells these answers begins, or waits before all others. Whoever commits it launches `prompt`. */
  async function goOn(draft: Draft, state: LaneState, answers: readonly Given[]): Promise<{ next: Partial<LaneState>; prompt: Prompt | null }> {
    const carriers: Carrier[] = []
    for (const given of answers) await collect(given, state, carriers)
    let all: { next: Partial<LaneState>; prompt: Prompt | null } = { next: {}, prompt: null }
    for (const carrier of carriers) {
      const { next, begun } = await carry(draft, { ...state, ...all.next }, carrier)
      all = { next: { ...all.next, ...next }, prompt: all.prompt ?? begun }
    }
    return all
  }

  /**
   * In the lane: the answers that were on their way when the process or the relay died. What Claude certainly did not hear passes unasked;
   * a call that may have run is left to it and to people, so that nothing happens twice. False: there were none.
   */
  async function settle(state: LaneState): Promise<boolean> {
    const kept = await readUnheard(storage, sessionId)
    const draft = createDraft(sessionId)
    const answers = kept.map(({ request, decision, resolvedBy, pass }): Given => {
      const perhapsHeard = pass === 'handed' && request.kind === 'tool'
      draft.add(movePass(request.request_id, pass!, decision!.behavior === 'allow' && !perhapsHeard ? 'ready' : 'used'))
      return { request, decision: decision!, by: resolvedBy!, perhapsHeard }
    })
    if (answers.length === 0) return false
    const { next, prompt } = await goOn(draft, state, answers)
    await run.keep(draft, next)
    turns.launch(prompt)
    return true
  }

  return { goOn, settle }
}
