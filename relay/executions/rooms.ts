// One room per session that was used since the start: its lane's state, its turns, its questions, what listens to its Claude.
import type { Asked } from '../answers/answers.ts'
import type { NewSession } from '../sessions/sessions.ts'
import { createClaudeListener, type Listening } from './claude-listener.ts'
import { createComposer, type Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createFirstPrompt, type FirstPrompt } from './first-prompt.ts'
import { createLateAnswers, type LateAnswers } from './late-answers.ts'
import { createPermissions, type Permissions } from './permissions.ts'
import { rulesOf } from './process-spec.ts'
import { createPrompts, type Prompts } from './prompts.ts'
import type { Prompted } from './queue.ts'
import { createQueueUpdates, type QueueUpdates } from './queue-updates.ts'
import { createSessionCommands, type SessionCommands } from './session-commands.ts'
import { createSessionRun, type SessionRun } from './session-run.ts'
import { createTurns, type Turns } from './turns.ts'
import { titleOf } from './words.ts'

export type Room = {
  run: SessionRun
  turns: Turns
  late: LateAnswers
  permissions: Permissions
  prompts: Prompts
  firstPrompt: FirstPrompt
  queue: QueueUpdates
  commands: SessionCommands
  listening: Listening
}

export type Rooms = {
  of(sessionId: string): Room
  /** A prompt in a session that does not exist yet, in the default workspace unless another is named; titled by the prompt. */
  begin(asked: Asked, words: Words, session?: Omit<NewSession, 'title'>): Promise<Prompted>
  /** Only when it was used already. */
  known(sessionId: string): Room | undefined
  all(): Room[]
  forget(sessionId: string): void
  /** Everything that Claude has told and everything that was begun because of it is over. */
  settled(room: Room): Promise<void>
}

export function createRooms(deps: Dependencies, isDraining: () => boolean): Rooms {
  const { sessions, storage, workspaces } = deps
  const rooms = new Map<string, Room>()

  function of(sessionId: string): Room {
    const known = rooms.get(sessionId)
    if (known) return known
    const run = createSessionRun(deps, sessionId, () => made.listening.listener)
    const turns = createTurns(deps, run, isDraining)
    const late = createLateAnswers(deps, run, turns)
    const permissions = createPermissions(deps, run, turns, late, rulesChanged)
    const composer = createComposer(deps, run)
    const prompts = createPrompts(deps, run, turns, composer)
    const firstPrompt = createFirstPrompt(deps, run, turns, prompts, composer)
    const queue = createQueueUpdates(deps, run, turns, composer)
    const commands = createSessionCommands(deps, run, turns, permissions, prompts, composer)
    const listening = createClaudeListener(deps, run, turns, permissions, late)
    const made: Room = { run, turns, late, permissions, prompts, firstPrompt, queue, commands, listening }
    rooms.set(sessionId, made)
    return made
  }

  /** Those of a workspace that have a link to Claude. */
  async function linked(workspaceId: string): Promise<SessionRun[]> {
    const runs: SessionRun[] = []
    for (const { run } of rooms.values()) if (run.link && (await sessions.get(run.sessionId))?.workspaceId === workspaceId) runs.push(run)
    return runs
  }

  /** Processes that run already get the rules of their workspace as they are now, all at once: a busy one keeps no other waiting. */
  async function rulesChanged(workspaceId: string): Promise<void> {
    const give = async (run: SessionRun) => run.link?.setRules(await rulesOf(storage, workspaceId, run.sessionId))
    await Promise.all((await linked(workspaceId)).map(give))
  }

  async function trustChanged(workspaceId: string): Promise<void> {
    const trusted = await workspaces.isTrusted(workspaceId, true)
    for (const run of await linked(workspaceId)) await run.link?.setTrusted(trusted)
  }
  workspaces.onTrustChanged((workspaceId) => {
    trustChanged(workspaceId).catch((problem: unknown) => deps.log.error('executions.trust_not_applied', { workspaceId, problem }))
  })

  return {
    of,
    async begin(asked, words, session) {
      const { sessionId, ...creation } = await sessions.creating(asked.who, { ...session, title: titleOf(words.content) })
      return of(sessionId).firstPrompt(asked, words, creation, session?.workspace_id || null)
    },
    known: (sessionId) => rooms.get(sessionId),
    all: () => [...rooms.values()],
    forget: (sessionId) => void rooms.delete(sessionId),
    async settled({ run, listening }) {
      await listening.settled()
      await run.settled()
      await listening.settled()
    },
  }
}
