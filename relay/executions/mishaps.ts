// Turns that do not go their straight way: cut short, or their process was gone before it took the prompt. Decided in the session's lane.
import { Refused } from '#protocol'
import type { ProcessEnd } from '../claude/claude.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import type { Ended, Ending, Heard } from './execution-state.ts'
import type { LaneState } from './lane-state.ts'
import type { EndedBy, Live } from './live-turn.ts'
import { promptIdOf } from './prompt-id.ts'
import type { SessionRun } from './session-run.ts'
import type { TurnEndings } from './turn-endings.ts'

export type Mishaps = ReturnType<typeof createMishaps>

/** Somebody who wants to stop does not wait longer for Claude to take a prompt first. */
const takeWithinMs = 5_000

export function createMishaps({ clock }: Dependencies, run: SessionRun, { over, handOver }: Pick<TurnEndings, 'over'> & { handOver(live: Live): Promise<void> }) {
  const { sessionId } = run

  /** Ends the turn of this execution and no other one. Returns at once; the end is told when it has come. */
  function cutShort(executionId: string, why: Ending, by: EndedBy | null, nextUp?: string): 'ending' | 'not running' {
    const { live } = run
    if (!live || live.executionId !== executionId) return 'not running'
    live.ending ??= why
    live.endedBy ??= by
    live.nextUp = nextUp ?? live.nextUp
    const started = run.link && ['ready', 'working'].includes(run.link.state)
    // What Claude has heard meanwhile of its own work is not lost: it begins a turn, which ends in the same way. Steers would, too, and they wait already.
    if (live.stage === 'taken' && run.link) run.track(run.link.interrupt({ keepsQueued: why === 'budget' && run.steers.size === 0 }))
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

  /** The prompt could not be handed over under this id. */
  async function notHanded(live: Live, promptId: string | null, error: unknown): Promise<void> {
    await run.lane(async (state) => {
      // Its process may have died as well: then the second try is under way already, under another id.
      if (run.live !== live || live.stage !== 'handing' || live.promptId !== promptId || !state.turn) return
      const [code, message] = error instanceof Refused ? [error.code, error.message] : ['INTERNAL_ERROR', 'Claude could not be started']
      if (!live.ending && isForgotten(message)) return renew(live)
      // Words that no process may be handed are not the fault of one: what waits behind them goes on.
      await over(state, state.turn, ending({ kind: code === 'VALIDATION' ? 'failed' : 'unavailable', error: { code, message } }))
    })
  }

  /** In the lane: Claude's process is gone without having taken the prompt of the turn in hand. */
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
    live.renewed = true
    await run.keep(createDraft(sessionId).log('other', text, { level: 'warn', execution: live.executionId }), { head: null }, { conversationId: null, forkPending: null })
    await run.close()
    again(live)
  }

  function again(live: Live): void {
    live.attempts += 1
    live.promptId = promptIdOf(live.prompt!.messageId, live.attempts)
    run.track(handOver(live))
  }

  return { cutShort, drop, notHanded, lost }
}

const isForgotten = (detail: string): boolean => detail.includes('No conversation found')

const ending = (heard: Heard): Ended => ({ heard, stats: null, used: [], lastEntry: null })
