// A fact of Claude becomes an event of the right execution, in order; the text that is being written passes without being kept.
import { sessionChannel } from '#protocol'
import type { OutEvent } from '../channels/channels.ts'
import type { Fact } from '../claude/claude.ts'
import type { SessionChange } from '../sessions/sessions.ts'
import type { Statement } from '../storage/storage.ts'
import { cutProgress } from './cut-texts.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft } from './draft.ts'
import { createFactPipe } from './fact-pipe.ts'
import { shownBy, type LaneState } from './lane-state.ts'
import { keepWhole } from './rows.ts'
import { createPlanProgress } from './plan-progress.ts'
import type { SessionRun } from './session-run.ts'
import { createToolOwners } from './tool-owners.ts'
import { tellProgress } from './turn-events.ts'

export function createFactEvents({ channels, clock, log }: Dependencies, run: SessionRun) {
  const { sessionId } = run
  const channel = sessionChannel(sessionId)
  const owners = createToolOwners()
  const plan = createPlanProgress()
  const pipe = createFactPipe({ channels, clock, stopped: run.stopped, failed: (problem) => log.error('executions.fact_lost', { sessionId, problem }) })
  /** The execution whose turn Claude is in, or was in last. Known at once, so that each fact knows its own. */
  let current: string | null = null
  /** Kept with the first thing that Claude writes under it: before that the conversation is not on the disk. */
  let conversation: SessionChange | null = null

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
  const inLane = (event: OutEvent | null, shows: Partial<LaneState>, statements: Statement[] = [], progress = 0): Promise<void> =>
    run.lane(async (state) => {
      const draft = createDraft(sessionId).add(...statements)
      if (event) draft.events.push(event)
      const change = conversation ?? {}
      conversation = null
      await run.keep(draft, { ...shows, ...tellProgress(draft, state, event?.task ?? null, progress) }, change)
    })

  function fact(fact: Fact): void {
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
    const further = plan.after(fact, executionId)
    if (shows || conversation || statements.length > 0 || further > 0) pipe.work(() => inLane(event, shows ?? {}, statements, further))
    else pipe.event(event)
  }

  return {
    fact,
    ownerOf,
    current: () => current,
    turnBegan: (executionId: string) => void (current = executionId),
    /** Of the last init; null when its process is gone. */
    named: (change: SessionChange | null) => void (conversation = change),
    keepNamed: async () => void (conversation && (await inLane(null, {}))),
    work: pipe.work,
    settled: pipe.settled,
  }
}
