// Prompts that are folded into the running turn: sent while it runs, put back to wait when it did not take them.
import { ownCommandIn } from './cli-commands.ts'
import { contentFor, filesIn } from './prompt-content.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, type Draft } from './draft.ts'
import type { LaneState } from './lane-state.ts'
import { promptIdOf } from './prompt-id.ts'
import { unsteer, type Waiting } from './queue.ts'
import type { SessionRun } from './session-run.ts'
import { requeueSteers, tellQueue } from './turn-events.ts'

export type Steering = ReturnType<typeof createSteering>

export function createSteering({ claude, files, newId }: Dependencies, run: SessionRun) {
  const { sessionId } = run

  /** Sends what waits to be folded into the running turn. */
  function steer(): void {
    const { live, link } = run
    if (!live || live.stage !== 'taken' || live.ending || !link) return
    const known = new Set(run.steers.values())
    for (const prompt of run.peek()?.queue ?? []) {
      if (prompt.mode !== 'steer' || known.has(prompt.messageId)) continue
      const id = promptIdOf(prompt.messageId, 'steer')
      run.steers.set(id, prompt.messageId)
      run.track(send(id, prompt))
    }
  }

  async function send(id: string, prompt: Waiting): Promise<void> {
    try {
      const content = await contentFor(prompt, { sessionId, folder: claude.filesFolder(sessionId), files })
      await run.link!.send({ id, content, priority: 'next', files: filesIn(prompt), ownCommand: ownCommandIn(prompt.content), trace: prompt.trace })
    } catch {
      // Not handed over: it waits like all others, and runs after this turn.
      await run.lane(async (state) => {
        if (!run.steers.delete(id)) return
        const draft = createDraft(sessionId)
        await run.keep(draft, requeue(draft, state, true))
      })
    }
  }

  /** In the lane: steers wait like all others; `goesOn`: Claude begins a turn with those it holds. */
  function requeue(draft: Draft, state: LaneState, goesOn: boolean): Partial<LaneState> {
    const sent = new Set(goesOn ? run.steers.values() : [])
    const kept = state.queue.filter((each) => sent.has(each.messageId))
    const { list, changed } = unsteer(state.queue.filter((each) => !sent.has(each.messageId)))
    if (changed.length === 0) return {}
    const queue = [...kept, ...requeueSteers(draft, list, changed, newId)]
    tellQueue(draft, { ...state, queue })
    return { queue }
  }

  return { steer, requeue }
}
