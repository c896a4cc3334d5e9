// Turns begin, are handed to Claude, are cut short and end: the decisions, each taken in the session's lane.
import { Refused, sessionChannel, type Stats } from '#protocol'
import type { ProcessEnd } from '../claude/claude.ts'
import { contentFor } from './prompt-content.ts'
import { createDraft, type Draft } from './draft.ts'
import { lastStep, type Ending, type Execution, type ExecutionError, type Heard } from './execution-state.ts'
import { isBusy, queueOf, type Held, type LaneState } from './lane-state.ts'
import { promptIdOf } from './prompt-id.ts'
import { move, unsteer, type Waiting } from './queue.ts'
import { dropPasses, updateWaiting } from './rows.ts'
import { atRest, type Dependencies, type EndedBy, type Live, type SessionRun } from './session-run.ts'
import { beginTurn, endTurn, heldIf, requeueSteers } from './turn-events.ts'

type Next = Partial<LaneState>
export type Prompt = Pick<Waiting, 'executionId' | 'messageId' | 'content' | 'attachments'>
export type Ended = { heard: Heard; stats: Stats | null; lastEntry: string | null }

export type Turns = {
  /** In the lane: begins the first waiting prompt if nothing runs and nothing holds it. Whoever commits it calls `launch` then. */
  next(draft: Draft, state: LaneState, options?: { evenHeld?: boolean }): { next: Next; begins: Prompt | null }
  /** Hands a turn that has begun to Claude. */
  launch(prompt: Prompt | null): void
  /** Ends the turn of this execution and no other one. Returns at once; the end is told when it has come. */
  cutShort(executionId: string, ending: Ending, by: EndedBy | null, nextUp?: string): 'ending' | 'not running'
  /** In the lane: a turn is over, and the next begins in the same commit. */
  over(state: LaneState, turn: Execution, end: Ended): Promise<void>
  /** In the lane: Claude's process is gone without having taken the prompt of the turn in hand. */
  lost(state: LaneState, end: Pick<ProcessEnd, 'cause' | 'detail'>): Promise<void>
  /** Sends what waits to be folded into the running turn. */
  steer(): void
  /** In the lane: no turn runs and no process holds anything, so whoever waits may begin. */
  settle(state: LaneState): Promise<void>
}

/** Somebody who wants to stop does not wait longer for Claude to take a prompt first. */
const takeWithinMs = 5_000

export function createTurns(deps: Dependencies, run: SessionRun, isDraining: () => boolean): Turns {
  const { channels, clock, files, newId, sessions, workspaces } = deps
  const { sessionId } = run

  const next: Turns['next'] = (draft, state, { evenHeld = false } = {}) => {
    const [first] = state.queue
    if (!first || isBusy(state) || isDraining() || (state.held && !evenHeld)) return { next: {}, begins: null }
    return { next: beginTurn(draft, sessionId, state, first, clock.now()), begins: first }
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
      if (live.ending) return await drop(live)
      live.sent = true
      await link.send({ id: promptId!, content, priority: 'later' })
    } catch (error) {
      await run.lane(async (state) => {
        // Its process may have died as well: then the second try is under way already, under another id.
        if (run.live !== live || live.stage !== 'handing' || live.promptId !== promptId || !state.turn) return
        const { code, message } = errorOf(error)
        if (!live.ending && isForgotten(message)) return renew(live)
        await over(state, state.turn, ending({ kind: 'unavailable', error: { code, message } }))
      })
    }
  }

  const cutShort: Turns['cutShort'] = (executionId, why, by, nextUp) => {
    const { live } = run
    if (!live || live.executionId !== executionId) return 'not running'
    live.ending ??= why
    live.endedBy ??= by
    live.nextUp = nextUp ?? live.nextUp
    const started = run.link && ['ready', 'working'].includes(run.link.state)
    if (live.stage === 'taken' && run.link) run.track(run.link.interrupt())
    else if (live.stage === 'parked' || !started) run.track(drop(live))
    else clock.setTimer(() => run.track(drop(live)), takeWithinMs)
    return 'ending'
  }

  /** A turn that Claude has not taken ends here; the process that may still hold its prompt ends with it. */
  async function drop(live: Live): Promise<void> {
    if (run.live !== live || live.stage === 'taken') return
    if (live.sent) await run.link?.end()
    await run.lane(async (state) => {
      if (run.live === live && live.stage !== 'taken' && state.turn) await over(state, state.turn, ending({ kind: 'aborted' }))
    })
  }

  async function lost(state: LaneState, { cause, detail }: Pick<ProcessEnd, 'cause' | 'detail'>): Promise<void> {
    const { live } = run
    if (!live || live.stage !== 'handing' || !state.turn) return
    const died: Heard =
      cause === 'start_failed'
        ? { kind: 'unavailable', error: { code: 'CLAUDE_UNAVAILABLE', message: `Claude could not be started: ${detail}` } }
        : { kind: 'died', error: { code: 'process_died', message: detail } }
    if (!live.ending && !live.renewed && isForgotten(detail)) return renew(live)
    if (live.ending || live.attempts > 1) return over(state, state.turn, ending(died))
    again(live)
  }

  /** In the lane: Claude does not find the conversation, which it had not written down when it was killed. A new one begins. */
  async function renew(live: Live): Promise<void> {
    const text = 'The conversation so far is lost: Claude was ended before it was written down. A new one begins.'
    const log = { session_id: sessionId, execution_id: live.executionId, level: 'warn', source: 'relay', code: 'other', text }
    live.renewed = true
    await run.keep(createDraft(sessionId).tell('log', log, live.executionId), { head: null }, { conversationId: null, forkPending: null })
    await run.close()
    again(live)
  }

  function again(live: Live): void {
    live.attempts += 1
    live.promptId = promptIdOf(live.prompt!.messageId, live.attempts)
    run.track(handOver(live))
  }

  const over: Turns['over'] = async (before, turn, { heard, stats, lastEntry }) => {
    const main = before.turn?.id === turn.id
    const live = main ? run.live : null
    const why = live?.ending ?? null
    const draft = createDraft(sessionId)
    const record = await sessions.get(sessionId)
    const partial = channels.openBlocks.partial(sessionChannel(sessionId)).filter((block) => block.task === turn.id)
    // A question outlives its process: only people, or Claude going on without the answer, make it pointless.
    const crashed = why === 'relay_restart' || (why === null && heard.kind === 'died')
    const told = heard.kind === 'completed' || heard.kind === 'failed'
    const end = { step: lastStep(heard, why), stats, lastEntry, conversationId: record?.conversationId ?? null, partial, told, withdraws: !crashed }
    let state: LaneState = { ...before, ...endTurn(draft, before, turn, end, clock.now()) }
    if (main) {
      // After a turn that ended by itself Claude begins the next one with the steers it still holds.
      const goesOn = why === null && (heard.kind === 'completed' || heard.kind === 'failed')
      state = { ...state, ...settleSteers(draft, state, goesOn) }
      if (why === 'person') state = { ...state, ...hold(draft, state, { reason: 'person', userId: live!.endedBy?.userId ?? null, username: live!.endedBy?.name ?? null }) }
      else if (why === 'stalled' || crashed || heard.kind === 'unavailable') state = { ...state, ...hold(draft, state, { reason: 'crash', userId: null, username: null }) }
      if (live && !crashed) draft.add(dropPasses(sessionId, live.handedAt))
      const ahead = live?.nextUp ? move(state.queue, live.nextUp, state.queue[0]?.messageId ?? null) : null
      if (ahead) {
        draft.add(...ahead.moved.map(updateWaiting))
        state = { ...state, queue: ahead.list }
      }
      run.live = null
      run.expectedMode = null
    }
    const then = next(draft, state, { evenHeld: live?.nextUp === state.queue[0]?.messageId })
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  function hold(draft: Draft, state: LaneState, held: Held): Next {
    const after = heldIf(state.queue, held) ?? state.held
    if (after !== state.held) draft.tell('queue', queueOf(sessionId, { ...state, held: after }))
    return { held: after }
  }

  function settleSteers(draft: Draft, state: LaneState, goesOn: boolean): Next {
    const sent = goesOn ? new Set(run.steers.values()) : new Set<string>()
    const kept = state.queue.filter((each) => sent.has(each.messageId))
    const { list, changed } = unsteer(state.queue.filter((each) => !sent.has(each.messageId)))
    if (changed.length === 0) return {}
    const requeued = requeueSteers(draft, sessionId, changed, newId)
    const queue = [...kept, ...list.map((each) => requeued.find(({ messageId }) => messageId === each.messageId) ?? each)]
    draft.tell('queue', queueOf(sessionId, { ...state, queue }))
    return { queue }
  }

  function steer(): void {
    const { live, link } = run
    if (!live || live.stage !== 'taken' || live.ending || !link) return
    const known = new Set(run.steers.values())
    for (const prompt of run.peek()?.queue ?? []) {
      if (prompt.mode !== 'steer' || known.has(prompt.messageId)) continue
      const id = promptIdOf(prompt.messageId, 'steer')
      run.steers.set(id, prompt.messageId)
      run.track(sendSteer(id, prompt))
    }
  }

  async function sendSteer(id: string, prompt: Waiting): Promise<void> {
    try {
      await run.link!.send({ id, content: await contentFor(prompt, files), priority: 'next' })
    } catch {
      // Not handed over: it waits like all others, and runs after this turn.
      await run.lane(async (state) => {
        if (!run.steers.delete(id)) return
        const draft = createDraft(sessionId)
        await run.keep(draft, settleSteers(draft, state, true))
      })
    }
  }

  async function settle(before: LaneState): Promise<void> {
    if (before.turn || before.beside) return
    const draft = createDraft(sessionId)
    const state = { ...before, ...settleSteers(draft, before, false) }
    const then = next(draft, state)
    if (draft.events.length === 0) return
    await run.keep(draft, { ...state, ...then.next })
    launch(then.begins)
  }

  return { next, launch, cutShort, over, lost, steer, settle }
}

const isForgotten = (detail: string): boolean => detail.includes('No conversation found')

const ending = (heard: Heard): Ended => ({ heard, stats: null, lastEntry: null })

const errorOf = (error: unknown): ExecutionError =>
  error instanceof Refused ? { code: error.code, message: error.message } : { code: 'INTERNAL_ERROR', message: 'Claude could not be started' }
