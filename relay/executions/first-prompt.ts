// A prompt into a session that does not exist yet: both come to be in one commit.
import type { Asked } from '../answers/answers.ts'
import type { Part } from '../channels/channels.ts'
import { refuseSpent } from './affordable.ts'
import type { Composer, Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, publishDraft } from './draft.ts'
import type { Prompts } from './prompts.ts'
import type { Prompted } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import type { Turns } from './turns.ts'

export type FirstPrompt = ReturnType<typeof createFirstPrompt>

export function createFirstPrompt({ channels, usage }: Dependencies, run: SessionRun, turns: Turns, prompts: Prompts, composer: Composer) {
  const { sessionId } = run

  return async function firstPrompt(asked: Asked, words: Words, creation: Part, workspaceId: string | null): Promise<Prompted> {
    await composer.check(asked.who, words.content, { workspaceId })
    return run.lane(async (state) => {
      await refuseSpent(usage, asked.who.userId)
      const draft = createDraft(sessionId).include(creation)
      const { next, prompt } = await prompts.begin(draft, state, asked.who, words)
      const answer: Prompted = { session_id: sessionId, message_id: prompt.messageId, execution_id: prompt.executionId, queue_position: 0 }
      await publishDraft(channels, draft, { asked, result: answer }, () => run.know(next))
      turns.launch(prompt)
      // The row exists only now, so what lists show of it follows.
      await run.keep(createDraft(sessionId), {})
      return answer
    })
  }
}
