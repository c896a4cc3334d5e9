// A prompt comes in: it begins a turn, or lines up behind the one that runs.
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { SessionRecord } from '../sessions/sessions.ts'
import type { Composer, Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import { refuseSpent } from './affordable.ts'
import { createLineUp } from './line-up.ts'
import type { Prompted, Waiting } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { beginTurn, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'
import { titleOf } from './words.ts'

export type Prompts = ReturnType<typeof createPrompts>

export function createPrompts(deps: Dependencies, run: SessionRun, turns: Turns, composer: Composer) {
  const { auth, clock, newId, sessions, usage } = deps
  const { sessionId } = run
  const lineUp = createLineUp(deps, run, turns, composer)

  /** In the lane: begins with these words at once. They were checked. */
  async function begin(draft: Draft, state: LaneState, who: Identity, words: Words): Promise<{ next: Partial<LaneState>; prompt: Waiting }> {
    const prompt: Waiting = { ...(await composer.compose(draft, who, words, newId(), 'queue')), place: 0 }
    const next = beginTurn(draft, state, prompt, clock.now())
    draft.add(...(words.along?.(prompt.executionId, sessionId) ?? []))
    return { next, prompt }
  }

  /** Into this session; the right to do so was checked, and is once more in the lane: it can be lost while one waits. */
  async function prompt(asked: Asked, words: Words, mode: 'queue' | 'steer'): Promise<Prompted> {
    const { who } = asked
    await composer.check(who, words.content)
    return run.lane(async (state) => {
      await auth.may(who, mode === 'steer' ? 'steer' : 'prompt', sessionId)
      await refuseSpent(usage, who.userId)
      const record = await sessions.present(sessionId)
      const options = { asked, session: changesBy(words, record) }
      const draft = createDraft(sessionId).include(await sessions.joining(who, sessionId))
      if (words.model) {
        await auth.may(who, 'set_model', sessionId)
        draft.log('model_changed', `${who.name} chose ${words.model}`, { args: { model: words.model, username: who.name } })
      }
      if (isBusy(state) || (state.queue.length > 0 && mode === 'queue')) return lineUp(draft, state, words, mode, options)
      // Whatever was held goes on after this turn: somebody wants Claude to work.
      if (state.held) tellQueue(draft, { ...state, held: null })
      const { next, prompt: begun } = await begin(draft, { ...state, held: null }, who, words)
      const answer: Prompted = { session_id: sessionId, message_id: begun.messageId, execution_id: begun.executionId, queue_position: 0 }
      await run.commit(draft, { held: null, ...next }, { ...options, result: answer })
      turns.launch(begun)
      return answer
    })
  }

  return { prompt, begin }
}

/** The first prompt names its session, and each brings it back to those that are in use. */
const changesBy = ({ content, model }: Words, { title, archivedAt }: SessionRecord) => ({
  ...(model && { model }),
  ...(title === '' && { title: titleOf(content), titleSource: 'prompt' as const }),
  ...(archivedAt !== null && { archivedAt: null }),
  touched: true,
})
