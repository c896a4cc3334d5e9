// The facts that change a turn: Claude takes a prompt, folds one in, ends, or its process is gone.
import { permissionMode } from '#protocol'
import type { ProcessEnd, TurnOutcome } from '../claude/claude.ts'
import { allowedMode } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import type { Heard } from './execution-state.ts'
import { readLastPrompter } from './kept-executions.ts'
import { atRest, type Live } from './live-turn.ts'
import type { LateAnswers } from './late-answers.ts'
import type { Permissions } from './permissions.ts'
import type { LaneState } from './lane-state.ts'
import { find, without } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { beginSilently, beginTurn, cancelWaiting, messageOf, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

/** Whose turn began: of the prompt that was handed over, of a steer that came too late for its turn, or of nobody. */
type Begins = { kind: 'handed' | 'steer' | 'background'; executionId: string; promptIds: string[] }

export function createTurnFacts(deps: Dependencies, run: SessionRun, turns: Turns, permissions: Permissions, late: LateAnswers) {
  const { clock, newId, sessions, storage, usage } = deps
  const { sessionId } = run

  function recognise(promptIds: string[]): Begins {
    const { live } = run
    if (live?.promptId && promptIds.includes(live.promptId)) {
      live.stage = 'taken'
      if (live.ending) run.track(run.link?.interrupt())
      return { kind: 'handed', executionId: live.executionId, promptIds }
    }
    const steer = run.peek()?.queue.find((each) => promptIds.some((id) => run.steers.get(id) === each.messageId))
    const known = promptIds.some((id) => run.steers.has(id))
    return { kind: known ? 'steer' : 'background', executionId: steer?.mode === 'queue' ? steer.executionId : newId(), promptIds }
  }

  async function began({ kind, executionId, promptIds }: Begins): Promise<void> {
    if (kind === 'steer') await steerBegan(executionId, promptIds)
    if (kind === 'background') await backgroundBegan(executionId)
    // Several prompts can begin one turn together; the others are folded into it.
    for (const id of promptIds) if (run.steers.has(id)) await taken(id, executionId)
    turns.steer()
  }

  /** A steer that its turn did not take any more. Should it have been put back to wait meanwhile, then it waits no longer. */
  async function steerBegan(executionId: string, promptIds: string[]): Promise<void> {
    await run.lane(async (state) => {
      const promptId = promptIds.find((id) => run.steers.has(id))!
      const steer = find(state.queue, run.steers.get(promptId)!)
      run.steers.delete(promptId)
      if (!steer) {
        // It was cancelled, or runs already in another way: not twice.
        run.track(run.link?.interrupt())
        return
      }
      const isUnpaid = (await usage.budgets.refusal(steer.userId)) !== null
      // It waits like all others of theirs; the turn that Claude has begun with it is nobody's, and ends at once.
      if (isUnpaid && steer.mode === 'steer' && !state.turn) return beginUnpaid(executionId, state)
      const draft = createDraft(sessionId)
      const prompt = steer.mode === 'steer' ? { ...steer, executionId } : steer
      const next = beginTurn(draft, state, prompt, clock.now())
      if (state.turn) return void (await run.keep(draft, { queue: next.queue, beside: next.turn }))
      run.live = { ...atRest(), executionId: prompt.executionId, promptId, prompt, trace: prompt.trace, stage: 'taken' }
      await run.keep(draft, next)
      if (isUnpaid) turns.cutShort(executionId, 'budget', null)
    })
  }

  /** In the lane. */
  async function beginUnpaid(executionId: string, state: LaneState): Promise<void> {
    await begunBySelf(executionId, state)
    turns.cutShort(executionId, 'budget', null)
    // None of the others may be folded into it, or be taken for one that Claude still has.
    run.steers.clear()
  }

  async function begunBySelf(executionId: string, state: LaneState): Promise<void> {
    const draft = createDraft(sessionId)
    const next = beginSilently(draft, state, { executionId, trace: newId() }, null, null, clock.now())
    if (state.turn) return void (await run.keep(draft, { beside: next.turn }))
    run.live = { ...atRest(), executionId, promptId: null, prompt: null, trace: next.turn.trace, stage: 'taken' }
    await run.keep(draft, next)
  }

  async function backgroundBegan(executionId: string): Promise<void> {
    await run.lane(async (state) => {
      await begunBySelf(executionId, state)
      if (!state.turn && (await isSpent())) turns.cutShort(executionId, 'budget', null)
    })
  }

  /** Whoever pays for what Claude begins by itself has used up their day. Beside a prompt nobody asks: that was paid for a moment ago. */
  async function isSpent(): Promise<boolean> {
    const { userId } = await readLastPrompter(storage, sessionId, clock.now())
    return userId !== null && (await usage.budgets.refusal(userId)) !== null
  }

  /** A steer was folded into the running turn: from now on it is a message of it. */
  async function taken(promptId: string, executionId: string | null): Promise<void> {
    await run.lane(async (state) => {
      const messageId = run.steers.get(promptId)
      const steer = messageId ? find(state.queue, messageId) : undefined
      run.steers.delete(promptId)
      if (!steer || !executionId) return
      const queue = without(state.queue, steer.messageId)
      const draft = createDraft(sessionId)
      // It may have been put back to wait in the meantime, with an execution of its own that will never begin now.
      cancelWaiting(draft, steer, clock.now())
      draft.tell('message', messageOf(sessionId, steer, executionId, true), executionId)
      tellQueue(draft, { ...state, queue })
      await run.keep(draft, { queue })
      run.told.folded(steer, executionId)
    })
  }

  async function ended(executionId: string | null, outcome: TurnOutcome): Promise<void> {
    await run.lane(async (state) => {
      const turn = [state.turn, state.beside].find((each) => each?.id === executionId)
      if (!turn) return
      const live = state.turn?.id === turn.id ? run.live : null
      const used = [...(outcome.used ?? [])]
      if (outcome.reason === 'parked' && live && !live.ending) {
        // The turn is not over: people are still thinking, and their answer brings another process. It may have done so already.
        if (live.promptId !== null && !outcome.promptIds.includes(live.promptId)) return
        live.stage = 'parked'
        live.untold.push(...used.splice(0))
        permissions.forget()
        if ((await late.settle(state)) || state.asked.length > 0) return
        // Claude had heard the last answer when it was ended.
      }
      if (live && outcome.reason === 'stalled') live.ending ??= 'stalled'
      const heard = heardOf(outcome, Boolean(live?.ending))
      const crashed = heard.kind === 'died' && !live?.ending
      if (heard.kind === 'died') permissions.forget()
      // A command of the CLI writes nothing into the conversation that one could go back to.
      const lastEntry = outcome.localCommand === null ? outcome.lastEntryId : null
      await turns.over(state, turn, { heard, stats: outcome.stats, used, lastEntry })
      if (crashed) await late.settle(run.peek()!)
    })
  }

  /** Claude changed it by itself: the row follows, so that a later process does not start in the old one. */
  async function modeChanged(mode: string): Promise<void> {
    const parsed = permissionMode.safeParse(mode)
    if (!parsed.success) return
    await run.lane(async (state) => {
      if (run.expectedMode !== null && run.expectedMode !== mode) return
      run.expectedMode = null
      const record = await sessions.get(sessionId)
      const kept = allowedMode(parsed.data, deps.allowBypass)
      const forbidden = kept !== parsed.data
      if (forbidden) run.track(run.link?.setPermissionMode(kept))
      if (!record || (record.permissionMode === kept && !forbidden)) return
      const text = forbidden ? `This relay does not allow the mode ${mode}; mode: ${kept}` : `Claude changed the mode to ${mode}`
      const told = forbidden ? ({ level: 'warn', source: 'relay' } as const) : ({ level: 'info', source: 'claude' } as const)
      await run.keep(createDraft(sessionId).log('mode_changed', text, { ...told, args: { mode: kept }, execution: state.turn?.id }), {}, { permissionMode: kept })
    })
  }

  /** In Claude's own words or by a command: the conversation is a new one and holds nothing. */
  async function cleared(): Promise<void> {
    await run.lane(async () => {
      run.know({ head: null })
    })
  }

  /** `working`: the turn that the process was in when it went; of one that it had begun by itself a moment before only the id was known then. */
  async function gone(end: ProcessEnd, working: Live | null, executionId: string | null): Promise<void> {
    await run.lane(async (before) => {
      for (const id of end.lostPromptIds) run.steers.delete(id)
      const unheard = { heard: { kind: 'died' as const, error: { code: end.cause, message: end.detail } }, stats: null, used: [], lastEntry: null }
      // What this process had begun by itself and told no end of: nobody else will.
      if (before.beside) await turns.over(before, before.beside, unheard)
      const state = run.peek()!
      const { live } = run
      if (live?.stage === 'handing' && live.promptId && end.lostPromptIds.includes(live.promptId)) return turns.lost(state, end)
      const isItsOwn = live !== null && live.promptId === null && live.executionId === executionId
      if (live && (live === working || isItsOwn) && live.stage === 'taken' && state.turn) {
        // A turn whose end was never told: it must not stay open.
        await turns.over(state, state.turn, unheard)
        if (!live.ending) await late.settle(run.peek()!)
        return
      }
      if (!live) await turns.settle(state)
    })
  }

  return { recognise, began, taken, ended, modeChanged, cleared, gone }
}

/** One that is cut short before it has asked the model anything is told by the CLI as one that went well. */
const hasDoneNothing = ({ stats, localCommand }: TurnOutcome): boolean => localCommand === null && stats?.num_turns === 0

function heardOf(outcome: TurnOutcome, isCutShort: boolean): Heard {
  const { status, reason, error } = outcome
  if (status === 'completed') return { kind: isCutShort && hasDoneNothing(outcome) ? 'aborted' : 'completed' }
  if (status === 'failed') return { kind: 'failed', error: error ?? { code: reason, message: reason } }
  if (reason.startsWith('aborted')) return { kind: 'aborted' }
  return { kind: 'died', error: error ?? { code: reason, message: reason } }
}
