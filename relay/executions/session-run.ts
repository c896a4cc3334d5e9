// One session's lane as executions see it: its state, the commits that change it, and its link to Claude. No decisions here.
import type { Task } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { ClaudeListener, ClaudeSession } from '../claude/claude.ts'
import type { SessionChange } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import { isPassing, publishDraft, type Draft } from './draft.ts'
import { hasEnded } from './execution-state.ts'
import { shownActivity, shownState, type LaneState } from './lane-state.ts'
import type { Live } from './live-turn.ts'
import { loadLane } from './load-lane.ts'
import { processSpec } from './process-spec.ts'
import { tellHolds } from './told-holds.ts'
import { createTrackedWork, type TrackedWork } from './tracked-work.ts'
import { createTurnLog, type TurnLog } from './turn-log.ts'

export type CommitOptions = { asked?: Asked | null; result?: object; session?: SessionChange }

export type SessionRun = TrackedWork & {
  readonly sessionId: string
  /** One thing at a time: everything that reads the state and then changes it. */
  lane<T>(work: (state: LaneState) => Promise<T>): Promise<T>
  /** What the lane knows now; null before its first use. */
  peek(): LaneState | null
  /** The same for somebody outside the lane, who must not wait for it. */
  look(): Promise<LaneState>
  /** In the lane: commits, then knows. Throws refusals. */
  commit(draft: Draft, next: Partial<LaneState>, options?: CommitOptions): Promise<LaneState>
  /** In the lane, for what has already happened: tries until it is kept. */
  keep(draft: Draft, next: Partial<LaneState>, session?: SessionChange): Promise<LaneState>
  /** The state without a commit: after one that was made elsewhere. */
  know(next: Partial<LaneState>): LaneState
  live: Live | null
  readonly told: TurnLog
  /** Steers that were sent to the process and not taken so far: message ids by the id they were sent under. */
  readonly steers: Map<string, string>
  /** The mode that Claude is being set to: until it is there, what it says of others on the way is no news. */
  expectedMode: string | null
  readonly link: ClaudeSession | null
  /** In the lane: opens the link when there is none. */
  open(): Promise<ClaudeSession>
  /** Ends the process and forgets what it was started with; the next `open` begins from the row. */
  close(): Promise<void>
  /** No more tries. */
  stop(): void
  stopped(): boolean
}

const endedIn = (draft: Draft): Task[] => draft.events.flatMap(({ type, data }) => (type === 'task' && hasEnded(data as Task) ? [data as Task] : []))

const retryMs = [100, 250, 500, 1_000]

export function createSessionRun(deps: Dependencies, sessionId: string, listener: () => ClaudeListener): SessionRun {
  const { channels, claude, sessions, clock, log } = deps
  let state: LaneState | null = null
  let link: ClaudeSession | null = null
  let closing: Promise<void> = Promise.resolve()
  let stopped = false
  const told = createTurnLog(deps, sessionId)

  /** Whatever began with this commit is under way now. */
  function learn(after: LaneState): LaneState {
    for (const turn of [after.turn, after.beside]) if (turn && ![state?.turn?.id, state?.beside?.id].includes(turn.id)) told.began(turn)
    return (state = after)
  }

  const run: SessionRun = {
    sessionId,
    live: null,
    told,
    expectedMode: null,
    steers: new Map(),
    get link() {
      return link
    },
    lane: (work) => sessions.lane(sessionId, async () => work((state ??= await loadLane(deps, sessionId)))),
    peek: () => state,
    look: async () => state ?? loadLane(deps, sessionId),
    async commit(draft, next, { asked = null, result = {}, session = {} } = {}) {
      const after = { ...state!, ...next }
      tellHolds(draft, state!, after)
      const held = after.held && { reason: after.held.reason, by: after.held.userId }
      draft.include(await sessions.changing(sessionId, { state: shownState(after), activity: shownActivity(after), held, ...session }))
      await publishDraft(channels, draft, asked && { asked, result }, () => void learn(after))
      endedIn(draft).forEach(deps.ends.tell)
      return after
    },
    async keep(draft, next, session = {}) {
      const [statements, events] = [draft.statements.length, draft.events.length]
      for (let attempt = 0; ; attempt++) {
        try {
          return await run.commit(draft, next, { session })
        } catch (error) {
          if (!isPassing(error) || stopped) {
            // A deleted session, or rows that say otherwise: what has happened stays so, the table keeps what it has.
            log.error('executions.not_kept', { trace_id: run.live?.trace, sessionId, events: draft.events.map(({ type }) => type), problem: error })
            return learn({ ...state!, ...next })
          }
          if (attempt === 0) log.warn('executions.write_delayed', { trace_id: run.live?.trace, sessionId, problem: error })
          await new Promise<void>((done) => clock.setTimer(done, retryMs[attempt] ?? 2_000))
          draft.statements.length = statements
          draft.events.length = events
        }
      }
    },
    know: (next) => learn({ ...state!, ...next }),
    async open() {
      if (link) return link
      await closing
      link = claude.open(await processSpec(deps, sessionId), listener())
      return link
    },
    async close() {
      const old = link
      link = null
      if (old) closing = closing.then(() => old.close()).catch((problem: unknown) => log.error('executions.close_failed', { sessionId, problem }))
      await closing
    },
    ...createTrackedWork((problem) => log.error('executions.work_failed', { trace_id: run.live?.trace, sessionId, problem })),
    stop: () => void (stopped = true),
    stopped: () => stopped,
  }
  return run
}
