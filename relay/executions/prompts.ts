// Prompts come in: they begin a turn, wait their turn, or are folded into the one that runs.
import { LIMITS, Refused } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { SessionRecord } from '../sessions/sessions.ts'
import type { Composer, Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, publishDraft, type Draft, type Part } from './draft.ts'
import type { Prompted } from './executions.ts'
import { fitsFrame, isBusy, type LaneState } from './lane-state.ts'
import { append, isFull, positionOf, putSteer, type Waiting } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { beginTurn, enqueue, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'
import { titleOf } from './words.ts'

const fullForMs = 5_000

export type Prompts = {
  /** Into this session; the right to do so was checked. */
  prompt(asked: Asked, words: Words, mode: 'queue' | 'steer'): Promise<Prompted>
  /** Into a session that does not exist yet. */
  promptNew(asked: Asked, words: Words, creation: Part): Promise<Prompted>
  /** In the lane: begins with these words at once. They were checked. */
  begin(draft: Draft, state: LaneState, who: Identity, words: Words): Promise<{ next: Partial<LaneState>; prompt: Waiting }>
}

export function createPrompts({ channels, clock, newId, sessions }: Dependencies, run: SessionRun, turns: Turns, composer: Composer): Prompts {
  const { sessionId } = run

  async function begin(draft: Draft, state: LaneState, who: Identity, words: Words): Promise<{ next: Partial<LaneState>; prompt: Waiting }> {
    const prompt: Waiting = { ...(await composer.compose(draft, who, words, newId(), 'queue')), place: 0 }
    return { next: beginTurn(draft, state, prompt, clock.now()), prompt }
  }

  const answerOf = (prompt: Omit<Waiting, 'place'>, queue_position: number): Prompted => ({ session_id: sessionId, message_id: prompt.messageId, execution_id: prompt.executionId, queue_position })

  async function promptNew(asked: Asked, words: Words, creation: Part): Promise<Prompted> {
    await composer.check(asked.who, words.content, true)
    return run.lane(async (state) => {
      const draft = createDraft(sessionId).include(creation)
      const { next, prompt } = await begin(draft, state, asked.who, words)
      const answer = answerOf(prompt, 0)
      await publishDraft(channels, draft, { asked, result: answer }, () => run.know(next))
      turns.launch(prompt)
      // The row exists only now, so what lists show of it follows.
      await run.keep(createDraft(sessionId), {})
      return answer
    })
  }

  async function prompt(asked: Asked, words: Words, mode: 'queue' | 'steer'): Promise<Prompted> {
    const { who } = asked
    await composer.check(who, words.content)
    return run.lane(async (state) => {
      const record = await sessions.get(sessionId)
      if (!record) throw new Refused('NOT_FOUND', 'not found')
      const options = { asked, session: changesBy(words.content, record) }
      const draft = createDraft(sessionId).include(await sessions.joining(who, sessionId))
      // Whatever was held goes on after this turn: somebody wants Claude to work.
      const free: LaneState = { ...state, held: null }
      if (!isBusy(state) && (state.queue.length === 0 || mode === 'steer')) {
        if (state.held) tellQueue(draft, free)
        const { next, prompt: begun } = await begin(draft, free, who, words)
        const answer = answerOf(begun, 0)
        await run.commit(draft, { held: null, ...next }, { ...options, result: answer })
        turns.launch(begun)
        return answer
      }
      if (isFull(state.queue)) throw new Refused('BUSY', `${LIMITS.queueLength} prompts are waiting already`, { retryAfterMs: fullForMs })
      const steers = mode === 'steer' && state.turn !== null
      const added = await composer.compose(draft, who, words, steers ? state.turn!.id : newId(), steers ? 'steer' : 'queue')
      const queue = steers ? putSteer(state.queue, added) : append(state.queue, added)
      if (queue.length > 1 && !fitsFrame(sessionId, { queue, held: null })) throw new Refused('BUSY', 'too much text is waiting already', { retryAfterMs: fullForMs })
      enqueue(draft, queue, added.messageId)
      const queued: LaneState = { ...free, queue }
      const then = turns.next(draft, queued)
      if (!then.begins) tellQueue(draft, queued)
      const after = { ...queued, ...then.next }
      const answer = answerOf(added, steers ? 0 : positionOf(after.queue, added.messageId))
      await run.commit(draft, after, { ...options, result: answer })
      turns.launch(then.begins)
      if (!then.begins && steers) turns.steer()
      return answer
    })
  }

  return { prompt, promptNew, begin }
}

/** The first prompt names its session, and each brings it back to those that are in use. */
const changesBy = (content: string, { title, archivedAt }: SessionRecord) => ({
  ...(title === '' && { title: titleOf(content), titleSource: 'prompt' as const }),
  ...(archivedAt !== null && { archivedAt: null }),
  touched: true,
})
