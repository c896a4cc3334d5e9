// DOOR of executions: what a turn is, who waits for it, who must allow what. No prompt is lost, none runs twice.
// Refusals are thrown as `Refused`; every change checks the asker's rights itself and answers in the commit of its effect.
import type { ClaudeMessage } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { createChanges } from './changes.ts'
import { createChosenSettings } from './chosen-settings.ts'
import type { Dependencies } from './dependencies.ts'
import { createEnds } from './ends.ts'
import { createForScripts } from './for-scripts.ts'
import type { Prompted } from './queue.ts'
import { createReads } from './reads.ts'
import { createRooms } from './rooms.ts'
import { createStartAndStop } from './start-and-stop.ts'
import { createTerminalSessions } from './terminal-sessions.ts'

export type { FollowEnd, Following } from './follow.ts'
export type { Prompted } from './queue.ts'
export type Executions = ReturnType<typeof createExecutions>

export function createExecutions(given: Omit<Dependencies, 'ends'>) {
  const deps: Dependencies = { ...given, ends: createEnds() }
  const rooms = createRooms(deps, () => life.isDraining())
  const life = createStartAndStop(deps, rooms)
  const chosen = createChosenSettings(deps, rooms)

  return {
    /** Without `session_id`: a new session in the default workspace, titled by the prompt. */
    async prompt(asked: Asked, message: ClaudeMessage): Promise<Prompted> {
      life.refuseWhileDraining()
      const words = { content: message.content, attachments: message.attachments, trace: asked.trace }
      if (!message.session_id) return rooms.begin(asked, words)
      const mode = message.mode ?? 'queue'
      await deps.auth.may(asked.who, mode === 'steer' ? 'steer' : 'prompt', message.session_id)
      return rooms.of(message.session_id).prompts.prompt(asked, words, mode)
    },
    ...createForScripts({ ...deps, tryModel: chosen.tryModel }, rooms, life.refuseWhileDraining),
    ...createChanges(deps, rooms, life.refuseWhileDraining),
    ...chosen,
    ...createReads(deps, rooms),
    ...createTerminalSessions(deps),
    /** Somebody is typing: a process for the session is started ahead. Never fails. */
    warm: life.warm,
    /** The session is gone (deleted): ends its turn and process, cancels its queue, withdraws what was asked. */
    discard: life.discard,
    /** Before listening: settles what the last run left open. Nothing runs twice. */
    boot: life.boot,
    /** No new prompts (DRAINING), running turns interrupted and told, lanes empty when it resolves. */
    stop: life.stop,
  }
}
