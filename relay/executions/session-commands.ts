// Commands to one session that are neither prompts nor answers: stop, hold, go on, forget, go back, how Claude works.
import { NOTHING_TO_COMPACT, Refused, TURN_RUNNING, type CommandMessage, type Message, type SessionAction } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import { notFound } from '../sessions/sessions.ts'
import { budgetSpent, refuseSpent } from './affordable.ts'
import type { Composer } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, publishDraft, type Draft } from './draft.ts'
import { readExecution, readExecutionOf } from './kept-executions.ts'
import { isBusy, type LaneState } from './lane-state.ts'
import type { Permissions } from './permissions.ts'
import type { Prompts } from './prompts.ts'
import { dropPasses, readAttachments } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import { beginSilently, tellQueue } from './turn-events.ts'
import type { Turns } from './turns.ts'

type Args<C extends CommandMessage['command']> = (CommandMessage & { command: C })['args']
export type SessionCommands = ReturnType<typeof createSessionCommands>

export function createSessionCommands(deps: Dependencies, run: SessionRun, turns: Turns, permissions: Permissions, prompts: Prompts, composer: Composer) {
  const { auth, channels, clock, newId, sessions, storage, usage, workspaces } = deps
  const { sessionId } = run

  /** In the lane, if they may: asked before it, so that nobody waits for a refusal, and in it, for a right can be lost while one waits. */
  async function allowed<T>(who: Identity, action: SessionAction, work: (state: LaneState) => Promise<T>): Promise<T> {
    await auth.may(who, action, sessionId)
    return run.lane(async (state) => {
      await auth.may(who, action, sessionId)
      return work(state)
    })
  }

  async function interrupt({ who }: Asked, { execution_id }: Args<'interrupt'>): Promise<object> {
    await auth.may(who, 'interrupt', sessionId)
    // Past the lane: stopping works when nothing else does.
    if (turns.cutShort(execution_id, 'person', who) === 'ending') return { execution_id, status: 'running' }
    const execution = await readExecution(storage, execution_id)
    if (execution?.sessionId !== sessionId) throw notFound()
    return { execution_id, status: execution.status }
  }

  async function hold(asked: Asked): Promise<object> {
    return allowed(asked.who, 'continue', async (state) => {
      const held = state.held ?? { reason: 'person' as const, userId: asked.who.userId, username: asked.who.name }
      const draft = createDraft(sessionId)
      if (!state.held) tellQueue(draft, { ...state, held })
      await run.commit(draft, { held }, { asked, result: {} })
      return {}
    })
  }

  async function goOn(asked: Asked): Promise<object> {
    return allowed(asked.who, 'continue', async (state) => {
      const draft = createDraft(sessionId)
      const free = { ...state, held: null }
      const then = await turns.next(draft, free)
      // It would be held again at once: whoever asks is to know why.
      if (then.next.held) throw budgetSpent()
      if (state.held && !then.begins) tellQueue(draft, free)
      await run.commit(draft, { ...free, ...then.next }, { asked, result: {} })
      turns.launch(then.begins)
      return {}
    })
  }

  /** In the lane: what the conversation was about is gone, and with it what it asked. */
  function dropConversation(draft: Draft, state: LaneState): LaneState {
    if (isBusy(state)) throw new Refused('CONFLICT', 'a turn is running: stop it first', { details: { reason: TURN_RUNNING } })
    draft.add(dropPasses(sessionId, clock.now()))
    return { ...state, asked: permissions.withdrawAll(draft, state), failure: null, interrupted: false }
  }

  async function clear(asked: Asked): Promise<object> {
    return allowed(asked.who, 'clear', async (state) => {
      const draft = createDraft(sessionId)
      const after = { ...dropConversation(draft, state), head: null }
      draft.add(auth.audit(asked.who, 'session.clear', {}, sessionId))
      draft.log('cleared', `${asked.who.name} cleared the context`, { args: { username: asked.who.name } })
      await run.commit(draft, after, { asked, result: {}, session: { conversationId: null, forkPending: null, touched: true } })
      run.track(run.close())
      return {}
    })
  }

  async function compact(asked: Asked): Promise<object> {
    const { who } = asked
    return allowed(who, 'compact', async (state) => {
      if (isBusy(state)) throw new Refused('CONFLICT', 'a turn is running: compact when it has ended', { details: { reason: TURN_RUNNING } })
      if (state.head === null) throw new Refused('CONFLICT', 'there is nothing to compact yet', { details: { reason: NOTHING_TO_COMPACT } })
      await refuseSpent(usage, who.userId)
      const draft = createDraft(sessionId)
      const prompt = { executionId: newId(), messageId: newId(), content: '/compact', attachments: [], trace: asked.trace ?? newId() }
      const next = beginSilently(draft, state, prompt, who, prompt.content, clock.now())
      const result = { execution_id: prompt.executionId }
      await run.commit(draft, next, { asked, result })
      turns.launch(prompt)
      return result
    })
  }

  /** Back to before a prompt: the conversation forgets it and what came after, the timeline keeps all. */
  async function rewind(asked: Asked, { message_id, content, attachments }: Args<'rewind'>): Promise<object> {
    const { who } = asked
    await auth.may(who, 'rewind', sessionId)
    if (content) await composer.check(who, content)
    return allowed(who, 'rewind', async (state) => {
      const target = await readExecutionOf(storage, sessionId, message_id)
      if (!target || target.startedAt === null) throw notFound()
      if (content) await refuseSpent(usage, who.userId)
      const before = target.afterId === null ? null : await readExecution(storage, target.afterId)
      const draft = createDraft(sessionId)
      const after = { ...dropConversation(draft, state), head: before?.id ?? null }
      draft.add(auth.audit(who, 'session.rewind', { message_id }, sessionId))
      draft.log('rewound', `${who.name} went back to before a prompt`, { args: { message_id, username: who.name } })
      const forkPending = before && { session_id: sessionId, conversation_id: before.conversationId, execution_id: before.id, whole: false }
      const session = { conversationId: null, forkPending: forkPending ?? null, touched: true }
      const begun = content ? await prompts.begin(draft, after, who, { content, attachments, before: await readAttachments(storage, target.id, message_id), trace: asked.trace }) : null
      // The old process knows what is to be forgotten; the next one starts from the row.
      const closed = run.close()
      if (!begun) {
        await run.commit(draft, after, { asked, result: {}, session })
        run.track(closed)
        return {}
      }
      const { next, prompt } = begun
      const result = { message_id: prompt.messageId, execution_id: prompt.executionId }
      await run.commit(draft, { ...after, ...next }, { asked, result, session })
      turns.launch(prompt)
      return result
    })
  }

  async function stopProcess(asked: Asked): Promise<object> {
    const { who } = asked
    await allowed(who, 'stop_process', async (state) => {
      const draft = createDraft(sessionId).log('process_stopped', `${who.name} ended the process`, { args: { username: who.name }, execution: state.turn?.id })
      draft.add(auth.audit(who, 'session.stop_process', {}, sessionId))
      await run.commit(draft, {}, { asked, result: {} })
    })
    if (run.live) turns.cutShort(run.live.executionId, 'person', who)
    run.track(run.link?.end())
    return {}
  }

  async function note(asked: Asked, { content }: Args<'note'>): Promise<object> {
    const { who } = asked
    const message: Message = { session_id: sessionId, message_id: newId(), role: 'note', user_id: who.userId, username: who.name, content, attachments: [] }
    const result = { message_id: message.message_id }
    const { written } = await allowed(who, 'note', async () => {
      const joining = await sessions.joining(who, sessionId)
      const draft = createDraft(sessionId).include(joining).tell('message', message)
      await composer.mention(draft, who, content, message.message_id)
      // A participant's note changes nothing but the timeline: the lane does not wait for it, so that the notes of many share one group commit.
      return { written: joining.statements.length === 0 ? publishDraft(channels, draft, { asked, result }, () => undefined) : await run.commit(draft, {}, { asked, result }) }
    })
    await written
    return result
  }

  const deeds: { [C in CommandMessage['command']]: (asked: Asked, args: Args<C>) => Promise<object> } = {
    interrupt,
    hold,
    continue: goOn,
    clear,
    compact,
    rewind,
    note,
    stop_process: stopProcess,
    set_model: (asked, { model }) => sessions.setModel(asked, sessionId, model),
    set_permission_mode: (asked, { permission_mode }) => sessions.setPermissionMode(asked, sessionId, permission_mode),
    set_visibility: (asked, { visibility }) => sessions.setVisibility(asked, sessionId, visibility),
    rename: (asked, { title }) => sessions.rename(asked, sessionId, title),
    fork: (asked, args) => sessions.fork(asked, sessionId, args),
    trust: async (asked, args) => workspaces.trust(asked, (await sessions.get(sessionId))!.workspaceId, args),
  }
  /** The type of the table pairs each command with its own arguments; the pairing is lost in a look-up. */
  const carryOut = (asked: Asked, { command, args }: CommandMessage): Promise<object> => deeds[command](asked, args as never)

  return { carryOut }
}
