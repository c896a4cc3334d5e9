// DOOR of executions: what a turn is, who waits for it, who must allow what. No prompt is lost, none runs twice.
// Refusals are thrown as `Refused`; every change checks the asker's rights itself and answers in the commit of its effect.
import type { ClaudeMessage, ExecuteBody, Executed, Task } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { createCancel } from './cancel.ts'
import { createChanges } from './changes.ts'
import { createChosenSettings } from './chosen-settings.ts'
import type { Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createExecute } from './execute.ts'
import type { Prompted } from './queue.ts'
import { createReads } from './reads.ts'
import { createRooms } from './rooms.ts'
import { createShownExecutions } from './shown-executions.ts'
import { createStartAndStop } from './start-and-stop.ts'
import { titleOf } from './words.ts'

export type { Prompted } from './queue.ts'
export type Executions = ReturnType<typeof createExecutions>

export function createExecutions(given: Omit<Dependencies, 'ended'>) {
  const endedListeners: ((task: Task) => void)[] = []
  const deps: Dependencies = { ...given, ended: (task) => endedListeners.forEach((tell) => tell(task)) }
  const onExecutionEnded = (listener: (task: Task) => void): void => void endedListeners.push(listener)
  const { auth, sessions } = deps
  const rooms = createRooms(deps, () => life.isDraining())
  const life = createStartAndStop(deps, rooms)

  /** Titled by the prompt. */
  async function inNew(asked: Asked, words: Words, session: Parameters<typeof sessions.creating>[1] = {}): Promise<Prompted> {
    const { sessionId, ...creation } = await sessions.creating(asked.who, { ...session, title: titleOf(words.content) })
    return rooms.of(sessionId).firstPrompt(asked, words, creation)
  }
  const execute = createExecute(deps, { inNew, inSession: (asked, words, sessionId) => rooms.of(sessionId).prompts.prompt(asked, words, 'queue') })

  return {
    /** Without `session_id`: a new session in the default workspace. */
    async prompt(asked: Asked, message: ClaudeMessage): Promise<Prompted> {
      life.refuseWhileDraining()
      const words = { content: message.content, attachments: message.attachments }
      if (!message.session_id) return inNew(asked, words)
      const mode = message.mode ?? 'queue'
      await auth.may(asked.who, mode === 'steer' ? 'steer' : 'prompt', message.session_id)
      return rooms.of(message.session_id).prompts.prompt(asked, words, mode)
    },
    /** The same for a script, which says in one breath how the session is to work. */
    async execute(asked: Asked, body: ExecuteBody): Promise<Executed> {
      life.refuseWhileDraining()
      return execute(asked, body)
    },
    /** Called right after the commit in which an execution ended; of one that ended while nobody listened the row tells. */
    onExecutionEnded,
    ...createShownExecutions(deps),
    cancel: createCancel(deps, rooms, onExecutionEnded),
    ...createChanges(deps, rooms, life.refuseWhileDraining),
    ...createChosenSettings(deps, rooms),
    ...createReads(deps, rooms),
    /** Somebody is typing: a process for the session is started ahead. Never fails. */
    warm(sessionId: string): void {
      if (life.isDraining()) return
      const { run } = rooms.of(sessionId)
      if (run.link) return run.link.prewarm()
      run.track(run.lane(() => run.open()).then((link) => link.prewarm(), () => undefined))
    },
    /** The session is gone (deleted): ends its turn and process, cancels its queue, withdraws what was asked. */
    discard: life.discard,
    /** Before listening: settles what the last run left open. Nothing runs twice. */
    boot: life.boot,
    /** No new prompts (DRAINING), running turns interrupted and told, lanes empty when it resolves. */
    stop: life.stop,
  }
}
