// DOOR of executions: what a turn is, who waits for it, who must allow what. No prompt is lost, none runs twice.
import { Refused, sessionChannel, type ClaudeMessage, type CommandMessage, type ContextUsage, type Offers, type PermissionMode, type PermissionRequest, type PermissionResponse, type Queue, type QueueUpdate } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import { createAccessLost } from './access-lost.ts'
import { cliCommandIn } from './cli-commands.ts'
import { createDraft } from './draft.ts'
import { queueOf } from './lane-state.ts'
import { completeStray, lowerOpenModes, recover, unsettledSessions } from './recovery.ts'
import { createRooms } from './rooms.ts'
import { readExecutions, readRequests, readWhole } from './rows.ts'
import type { Dependencies } from './session-run.ts'
import { cancelWaiting } from './turn-events.ts'
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
const endsWithinMs = 5_000

export function createExecutions(deps: Dependencies): Executions {
  const { auth, channels, clock, log, newId, sessions, storage, workspaces } = deps
  let draining = false
  const rooms = createRooms(deps, () => draining)
  const { accessLost, accountsChanged } = createAccessLost({ storage, clock, rooms })
  const cancelling = (work: Promise<void>) => void work.catch((problem: unknown) => log.error('executions.not_cancelled', { problem }))
  // Of a session in the trash `discard` takes everything.
  sessions.onAccessLost(({ sessionId, userIds }) => userIds && cancelling(accessLost(sessionId, userIds)))
  let unwatch: (() => void) | null = null

  function refuseWhileDraining(): void {
    if (draining) throw new Refused('DRAINING', 'the relay is going down', { retryAfterMs: drainedForMs })
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

  async function command(asked: Asked, message: CommandMessage): Promise<object> {
    const { session_id } = message
    const { commands } = rooms.of(await known(asked, session_id))
    if (message.command !== 'interrupt') refuseWhileDraining()
    switch (message.command) {
      case 'interrupt':
        return commands.interrupt(asked, message.args)
      case 'hold':
        return commands.hold(asked)
      case 'continue':
        return commands.goOn(asked)
      case 'clear':
        return commands.clear(asked)
      case 'compact':
        return commands.compact(asked)
      case 'rewind':
        return commands.rewind(asked, message.args)
      case 'set_model':
        return commands.setModel(asked, message.args.model)
      case 'set_permission_mode':
        return commands.setPermissionMode(asked, message.args.permission_mode)
      case 'stop_process':
        return commands.stopProcess(asked)
      case 'note':
        return commands.note(asked, message.args)
      case 'set_visibility':
        return sessions.setVisibility(asked, session_id, message.args.visibility)
      case 'rename':
        return sessions.rename(asked, session_id, message.args.title)
      case 'fork':
        return sessions.fork(asked, session_id, message.args)
      case 'trust':
        return workspaces.trust(asked, (await sessions.get(session_id))!.workspaceId, message.args)
    }
  }

  /** A session that is not there, or not the asker's to see, leaves no trace here. */
  async function known({ who }: Asked, sessionId: string): Promise<string> {
    await auth.may(who, 'read', sessionId)
    return sessionId
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

  function offersOf(sessionId: string): Offers {
    const commands = rooms.known(sessionId)?.run.link?.commands() ?? []
    return {
      commands: commands.filter(({ name }) => cliCommandIn(`/${name}`).verdict !== 'refused').map(({ name, description, argumentHint }) => ({ name, description, argument_hint: argumentHint })),
      models: deps.claude.models(),
    }
  }

  async function discard(sessionId: string): Promise<void> {
    const room = rooms.of(sessionId)
    const { run, turns, permissions } = room
    await run.lane(async (state) => {
      const draft = createDraft(sessionId)
      for (const waiting of state.queue) cancelWaiting(draft, sessionId, waiting, clock.now())
      const asked = permissions.withdrawAll(draft, state)
      if (draft.events.length === 0) return
      draft.tell('queue', queueOf(sessionId, { queue: [], held: null }))
      await run.keep(draft, { queue: [], held: null, asked })
    })
    if (run.live) turns.cutShort(run.live.executionId, 'person', null)
    await run.close()
    await rooms.settled(room)
    rooms.forget(sessionId)
  }

  async function boot(): Promise<void> {
    const blocks = await channels.openBlocks.recover()
    if (!deps.allowBypass) await lowerOpenModes(storage, (sessionId) => rooms.of(sessionId).run)
    await accountsChanged()
    unwatch = auth.watch(() => draining || cancelling(accountsChanged()))
    const settled = await unsettledSessions(storage)
    for (const sessionId of settled) {
      const { run, turns, late } = rooms.of(sessionId)
      const partial = blocks.filter((block) => block.channel === sessionChannel(sessionId))
      await recover({ run, turns, late, storage, partial, now: clock.now(), newId })
    }
    // Those that ended with their turn are gone from the table by now.
    await completeStray(channels, await channels.openBlocks.recover())
    if (settled.length > 0) log.info('executions.recovered', { sessions: settled.length })
  }

  async function stop(): Promise<void> {
    draining = true
    unwatch?.()
    const all = rooms.all()
    for (const { run, turns } of all) {
      const { live } = run
      if (!live) continue
      // A question would be answered with "no" by an interruption; the end of its process leaves it open.
      const asks = run.peek()?.asked.some((each) => each.request.execution_id === live.executionId)
      live.ending ??= 'relay_restart'
      if (asks && run.link && live.stage === 'taken') run.track(run.link.end())
      else turns.cutShort(live.executionId, 'relay_restart', null)
    }
    const late = Promise.withResolvers<void>()
    const timer = clock.setTimer(late.resolve, endsWithinMs)
    await Promise.race([Promise.all(all.map(rooms.settled)), late.promise])
    timer.cancel()
    await Promise.all(all.map(({ run }) => run.close()))
    for (const { run } of all) run.stop()
    await Promise.all(all.map(rooms.settled))
  }

  return {
    prompt,
    command,
    answer,
    updateQueue: async (asked, update) => {
      refuseWhileDraining()
      return rooms.of(await known(asked, update.session_id)).prompts.update(asked, update)
    },
    setModel: async (asked, sessionId, model) => rooms.of(await known(asked, sessionId)).commands.setModel(asked, model),
    setPermissionMode: async (asked, sessionId, mode) => rooms.of(await known(asked, sessionId)).commands.setPermissionMode(asked, mode),
    queueOf: async (sessionId) => queueOf(sessionId, await rooms.of(sessionId).run.look()),
    sessionOf: async (executionId) => (await readExecutions(storage, 'id = ?', [executionId]))[0]?.sessionId ?? null,
    openPermissionsOf: async (sessionId) => (await rooms.of(sessionId).run.look()).asked.map(({ request }) => request),
    wholeOf: (sessionId, toolUseId, part) => readWhole(storage, sessionId, toolUseId, part),
    offersOf,
    contextOf: async (sessionId) => (await rooms.known(sessionId)?.run.link?.contextUsage()) ?? null,
    warm(sessionId) {
      if (draining) return
      const { run } = rooms.of(sessionId)
      run.track(run.lane(() => run.open()).then((link) => link.prewarm(), () => undefined))
    },
    discard,
    boot,
    stop,
  }
}
