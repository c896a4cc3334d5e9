// DOOR of executions: what a turn is, who waits for it, who must allow what. No prompt is lost, none runs twice.
import { Refused, type ClaudeMessage, type CommandMessage, type ContextUsage, type Offers, type PermissionMode, type PermissionRequest, type PermissionResponse, type Queue, type QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { offered } from './cli-commands.ts'
import type { Dependencies } from './dependencies.ts'
import { queueOf } from './lane-state.ts'
import { createRooms, type Room } from './rooms.ts'
import { readExecutions, readRequests, readWhole } from './rows.ts'
import { createStartAndStop } from './start-and-stop.ts'
import { titleOf } from './words.ts'

/** What a prompt became. `queue_position` 0 runs now, n waits behind n - 1 others; a steer belongs to the running execution. */
export type Prompted = { session_id: string; message_id: string; execution_id: string; queue_position: number }

/** Refusals are thrown as `Refused`; every change checks the asker's rights itself and answers in the commit of its effect. */
export type Executions = {
  /** Without `session_id`: a new session in the default workspace, titled by the prompt. */
  prompt(asked: Asked, message: ClaudeMessage): Promise<Prompted>
  /** Carries out a command of a session, those of sessions and workspaces included. Answers with the command's result. */
  command(asked: Asked, message: CommandMessage): Promise<object>
  /** The first answer to a permission request wins; CONFLICT says who gave it and what it was. */
  answer(asked: Asked, response: PermissionResponse): Promise<object>
  /** Moves, edits, cancels or sends a waiting prompt. */
  updateQueue(asked: Asked, update: QueueUpdate): Promise<object>
  /** What `set_model` and `set_permission_mode` do, for the REST door of sessions. */
  setModel(asked: Asked, sessionId: string, model: string): Promise<object>
  setPermissionMode(asked: Asked, sessionId: string, mode: PermissionMode): Promise<object>

  /** The whole queue of a session. The caller has checked that the asker may read it. */
  queueOf(sessionId: string): Promise<Queue>
  /** The session that an execution belongs to, null when there is none. Asks nobody's rights. */
  sessionOf(executionId: string): Promise<string | null>
  /** The open permission requests of a session, oldest first. The caller has checked that the asker may read them. */
  openPermissionsOf(sessionId: string): Promise<PermissionRequest[]>

  /** A tool's input or output that was too long for its event, as text; null when none was kept. The caller has checked the right to read. */
  wholeOf(sessionId: string, toolUseId: string, part: 'input' | 'output'): Promise<string | null>

  /** What the CLI offers in a session: slash commands that pass as prompts once a process of it has run, models once any has. */
  offersOf(sessionId: string): Offers

  /** What fills the context window; null when no process of the session runs. */
  contextOf(sessionId: string): Promise<ContextUsage | null>

  /** Somebody is typing: a process for the session is started ahead. Never fails. */
  warm(sessionId: string): void
  /** The session is gone (deleted): ends its turn and process, cancels its queue, withdraws what was asked. */
  discard(sessionId: string): Promise<void>

  /** Before listening: settles what the last run left open. Nothing runs twice. */
  boot(): Promise<void>
  /** No new prompts (DRAINING), running turns interrupted and told, lanes empty when it resolves. */
  stop(): Promise<void>
}

const drainedForMs = 2_000

export function createExecutions(deps: Dependencies): Executions {
  const { auth, sessions, storage } = deps
  const rooms = createRooms(deps, () => life.isDraining())
  const life = createStartAndStop(deps, rooms)

  function refuseWhileDraining(): void {
    if (life.isDraining()) throw new Refused('DRAINING', 'the relay is going down', { retryAfterMs: drainedForMs })
  }

  async function prompt(asked: Asked, message: ClaudeMessage): Promise<Prompted> {
    const { who } = asked
    refuseWhileDraining()
    const words = { content: message.content, attachments: message.attachments ?? [] }
    if (!message.session_id) {
      const { sessionId, ...creation } = await sessions.creating(who, { title: titleOf(words.content) })
      return rooms.of(sessionId).prompts.promptNew(asked, words, creation)
    }
    const mode = message.mode ?? 'queue'
    await auth.may(who, mode === 'steer' ? 'steer' : 'prompt', message.session_id)
    return rooms.of(message.session_id).prompts.prompt(asked, words, mode)
  }

  /** A session that is not there, or not the asker's to see, leaves no trace here. */
  async function visible({ who }: Asked, sessionId: string): Promise<Room> {
    await auth.may(who, 'read', sessionId)
    return rooms.of(sessionId)
  }

  async function answer(asked: Asked, response: PermissionResponse): Promise<object> {
    const { who } = asked
    refuseWhileDraining()
    const [kept] = await readRequests(storage, 'request_id = ?', [response.request_id])
    const sessionId = kept?.request.session_id
    if (!sessionId || (response.session_id && response.session_id !== sessionId)) throw new Refused('NOT_FOUND', 'not found')
    await auth.may(who, 'answer', sessionId)
    if (who.kind === 'api' && !who.scopes?.includes('approve')) throw new Refused('FORBIDDEN', 'this token may not answer permission requests')
    return rooms.of(sessionId).permissions.answer(asked, response)
  }

  return {
    prompt,
    async command(asked, message) {
      const { commands } = await visible(asked, message.session_id)
      if (message.command !== 'interrupt') refuseWhileDraining()
      return commands.carryOut(asked, message)
    },
    answer,
    async updateQueue(asked, update) {
      refuseWhileDraining()
      return (await visible(asked, update.session_id)).queue.update(asked, update)
    },
    setModel: async (asked, sessionId, model) => (await visible(asked, sessionId)).commands.setModel(asked, model),
    setPermissionMode: async (asked, sessionId, mode) => (await visible(asked, sessionId)).commands.setPermissionMode(asked, mode),
    queueOf: async (sessionId) => queueOf(sessionId, await rooms.of(sessionId).run.look()),
    sessionOf: async (executionId) => (await readExecutions(storage, 'id = ?', [executionId]))[0]?.sessionId ?? null,
    openPermissionsOf: async (sessionId) => (await rooms.of(sessionId).run.look()).asked.map(({ request }) => request),
    wholeOf: (sessionId, toolUseId, part) => readWhole(storage, sessionId, toolUseId, part),
    offersOf: (sessionId) => ({ commands: offered(rooms.known(sessionId)?.run.link?.commands() ?? []), models: deps.claude.models() }),
    contextOf: async (sessionId) => (await rooms.known(sessionId)?.run.link?.contextUsage()) ?? null,
    warm(sessionId) {
      if (life.isDraining()) return
      const { run } = rooms.of(sessionId)
      run.track(run.lane(() => run.open()).then((link) => link.prewarm(), () => undefined))
    },
    discard: life.discard,
    boot: life.boot,
    stop: life.stop,
  }
}
