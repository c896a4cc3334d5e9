// Turns begin and are handed to Claude. Decided in the session's lane.
import { ownCommandIn } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import { atRest, type Live } from './live-turn.ts'
import { createMishaps, type Mishaps } from './mishaps.ts'
import { rulesOf } from './process-spec.ts'
import { contentFor, filesIn } from './prompt-content.ts'
import { createNextPrompt } from './next-prompt.ts'
import { promptIdOf } from './prompt-id.ts'
import type { Prompt } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { createSteering, type Steering } from './steering.ts'
import { createTurnEndings, type Beginnings, type TurnEndings } from './turn-endings.ts'
import { within } from './within.ts'

/** A process that does not even answer this is given the prompt, and so comes to be found out. */
const rulesWithinMs = 2_000

export type Turns = Beginnings & TurnEndings & Pick<Mishaps, 'cutShort' | 'lost'> & Pick<Steering, 'steer'>

export function createTurns(deps: Dependencies, run: SessionRun, isDraining: () => boolean): Turns {
  const { claude, clock, files, sessions, storage, workspaces } = deps
  const { sessionId } = run
  const next = createNextPrompt(deps, isDraining)
  const steering = createSteering(deps, run)
  const endings = createTurnEndings(deps, run, steering, { next, launch })
  const mishaps = createMishaps(deps, run, { over: endings.over, handOver })

  /** Hands a turn that has begun to Claude. */
  function launch(prompt: Prompt | null): void {
    if (!prompt) return
    const promptId = promptIdOf(prompt.messageId, 1)
    run.live = { ...atRest(), executionId: prompt.executionId, promptId, prompt, trace: prompt.trace, stage: 'handing', handedAt: clock.now(), untold: run.live?.executionId === prompt.executionId ? run.live.untold : [] }
    run.track(handOver(run.live))
  }

  async function handOver(live: Live): Promise<void> {
    const { promptId, prompt } = live
    try {
      const link = await run.lane(() => run.open())
      const record = await sessions.get(sessionId)
      if (record) await link.setTrusted(await workspaces.isTrusted(record.workspaceId, true))
      const content = await contentFor(prompt!, { sessionId, folder: claude.filesFolder(sessionId), files })
      // One that was given a moment ago may still be on its way to the process.
      if (record) await within(clock, rulesWithinMs, link.setRules(await rulesOf(storage, record.workspaceId, sessionId)))
      if (run.live !== live) return
      if (live.ending) return await mishaps.drop(live)
      live.sent = true
      await link.send({ id: promptId!, content, priority: 'later', files: filesIn(prompt!), ownCommand: ownCommandIn(prompt!.content), trace: live.trace })
    } catch (error) {
      await mishaps.notHanded(live, promptId, error)
    }
  }

  return { ...endings, next, launch, steer: steering.steer, cutShort: mishaps.cutShort, lost: mishaps.lost }
}
