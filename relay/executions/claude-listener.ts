// What a session's Claude tells becomes events of the right execution, in order, and decisions in the session's lane.
import { sessionChannel } from '#protocol'
import type { OutEvent } from '../channels/channels.ts'
import type { ClaudeListener, Fact } from '../claude/claude.ts'
import type { SessionChange } from '../sessions/sessions.ts'
import type { Statement } from '../storage/storage.ts'
import { cutProgress } from './cut-texts.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import { createFactPipe } from './fact-pipe.ts'
import { shownBy, type LaneState } from './lane-state.ts'
import type { LateAnswers } from './late-answers.ts'
import type { Permissions } from './permissions.ts'
import type { SessionRun } from './session-run.ts'
import { keepWhole } from './rows.ts'
import { createToolOwners } from './tool-owners.ts'
import { createTurnFacts } from './turn-facts.ts'
import type { Turns } from './turns.ts'

export type Listening = { listener: ClaudeListener; settled(): Promise<void> }

export function createClaudeListener(deps: Dependencies, run: SessionRun, turns: Turns, permissions: Permissions, late: LateAnswers): Listening {
  const { channels, clock, log, newId } = deps
  const { sessionId } = run
  const channel = sessionChannel(sessionId)
  const turnFacts = createTurnFacts(deps, run, turns, permissions, late)
  const owners = createToolOwners()
  /** The execution whose turn Claude is in, or was in last. Known at once, so that each fact knows its own. */
  let current: string | null = null
  /** Named by the last init, kept with the first thing that Claude writes under it: before that it is not on the disk. */
  let conversation: SessionChange | null = null

  const pipe = createFactPipe({ channels, clock, stopped: run.stopped, failed: (problem) => log.error('executions.fact_lost', { sessionId, problem }) })

  const ownerOf = (parent: string | null | undefined): string | null => owners.of(parent) ?? current

  function onDelta({ of, data }: Fact & { type: 'delta' }): void {
    const task = ownerOf(data.parent_tool_use_id)
    if (!task) return
    const { message_id, parent_tool_use_id, content: piece } = data
    const block = { session_id: sessionId, execution_id: task, message_id, ...(parent_tool_use_id && { parent_tool_use_id }) }
    pipe.pass(() => channels.delta(channel, { type: of, task, data: block, piece }))
    if (run.peek()?.stalled) pipe.work(() => inLane(null, { stalled: false }))
  }

  /** In the commit of an event: what the list shows, and the conversation that is on the disk now. */
  async function inLane(event: OutEvent | null, shows: Partial<LaneState>, statements: Statement[] = []): Promise<void> {
    await run.lane(async () => {
      const draft = createDraft(sessionId).add(...statements)
      if (event) draft.events.push(event)
      const change = conversation ?? {}
      conversation = null
      await run.keep(draft, shows, change)
    })
  }

  function onFact(fact: Fact): void {
    if (fact.type === 'delta') return onDelta(fact)
    const executionId = ownerOf(fact.type === 'log' ? null : fact.data.parent_tool_use_id)
    if (!executionId && fact.type !== 'log') return log.warn('executions.fact_without_turn', { sessionId, type: fact.type })
    const started = fact.type === 'progress' && fact.data.progress_type === 'tool_start' ? fact.data : null
    if (started?.tool_use_id) owners.own(started.tool_use_id, executionId!)
    const { progress, wholes } = fact.type === 'progress' ? cutProgress(fact.data, sessionId) : { progress: fact.data, wholes: [] }
    const data = { ...progress, session_id: sessionId, ...(executionId && { execution_id: executionId }) }
    const event: OutEvent = { channel, type: fact.type, data, ...(executionId && { task: executionId }) }
    const shows = shownBy(fact, run.peek()?.stalled ?? false, clock.now())
    const statements = wholes.map((whole) => keepWhole(sessionId, whole))
    if (shows || conversation || statements.length > 0) pipe.work(() => inLane(event, shows ?? {}, statements))
    else pipe.event(event)
  }

  const listener: ClaudeListener = {
    fact: onFact,
    turnBegan({ promptIds }) {
      const begins = turnFacts.recognise(promptIds)
      current = begins.executionId
      pipe.work(() => turnFacts.began(begins))
    },
    promptTaken(promptId) {
      const executionId = current
      pipe.work(() => turnFacts.taken(promptId, executionId))
    },
    turnEnded(outcome) {
      const executionId = current
      pipe.work(async () => {
        if (conversation) await inLane(null, {})
        await turnFacts.ended(executionId, outcome)
      })
    },
    conversation(conversationId, cleared) {
      conversation = { conversationId, forkPending: null }
      if (cleared) pipe.work(() => turnFacts.cleared())
    },
    modeChanged: (mode) => pipe.work(() => turnFacts.modeChanged(mode)),
    permission: (question, gone) =>
      new Promise((settle) => {
        const executionId = ownerOf(question.parentToolUseId) ?? newId()
        pipe.work(() => permissions.open(question, executionId, gone, settle))
      }),
    ended(end) {
      // From this moment on nobody hears an answer: it has to go the way of those whose process is gone.
      permissions.forget()
      conversation = null
      const working = run.live?.stage === 'taken' ? run.live : null
      pipe.work(() => turnFacts.gone(end, working))
    },
  }
  return { listener, settled: () => pipe.settled() }
}
