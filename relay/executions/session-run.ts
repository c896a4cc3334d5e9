// One session's lane as executions see it: its state, the commits that change it, and its link to Claude. No decisions here.
import { Refused } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth } from '../auth/auth.ts'
import type { Channels } from '../channels/channels.ts'
import type { Claude, ClaudeListener, ClaudeSession, ProcessSpec } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import type { Files } from '../files/files.ts'
import type { Log } from '../observability/log.ts'
import type { SessionChange, SessionRecord, Sessions } from '../sessions/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import { publishDraft, type Draft } from './draft.ts'
import type { Ending } from './execution-state.ts'
import { shownActivity, shownState, type LaneState } from './lane-state.ts'
import { allowedMode } from './open-modes.ts'
import { ruleText } from './permission-request.ts'
import type { Waiting } from './queue.ts'
import { readExecutions, readQueue, readRequests, readRules, type KeptExecution } from './rows.ts'

export type Dependencies = {
  storage: Storage
  channels: Channels
  claude: Claude
  sessions: Sessions
  workspaces: Workspaces
  files: Files
  auth: Auth
  clock: Clock
  newId: () => string
  log: Log
  /** Whether owners may choose modes in which Claude asks nobody. */
  allowBypass: boolean
}

export type EndedBy = { userId: string; name: string }

/** What is in memory only of the turn that runs: gone with the relay, and then boot() settles the turn. */
export type Live = {
  executionId: string
  /** Under which id Claude was handed the prompt; null for a turn that began by itself. */
  promptId: string | null
  prompt: Pick<Waiting, 'messageId' | 'content' | 'attachments'> | null
  /** handing: on its way to Claude · taken: Claude works on it · parked: its process was ended while people think. */
  stage: 'handing' | 'taken' | 'parked'
  /** A process may have the prompt. */
  sent: boolean
  /** When it was last on its way to Claude, in milliseconds since 1970. */
  handedAt: number
  /** Why it is being ended, and who wanted that. */
  ending: Ending | null
  endedBy: EndedBy | null
  /** The prompt for which room is made. */
  nextUp: string | null
  /** How often it was handed to a process: one that dies before it takes the prompt is followed by one more. */
  attempts: number
  /** The conversation was gone, and it was handed to a new one. */
  renewed: boolean
}

/** What nobody has decided yet about a turn that begins. */
export const atRest = { ending: null, endedBy: null, nextUp: null, attempts: 1, renewed: false, sent: false, handedAt: 0 } as const

export type CommitOptions = { asked?: Asked | null; result?: object; session?: SessionChange }

export type SessionRun = {
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
  /** Steers that were sent to the process and not taken so far: message ids by the id they were sent under. */
  readonly steers: Map<string, string>
  /** The mode that Claude is being set to: until it is there, what it says of others on the way is no news. */
  expectedMode: string | null
  readonly link: ClaudeSession | null
  /** In the lane: opens the link when there is none. */
  open(): Promise<ClaudeSession>
  /** Ends the process and forgets what it was started with; the next `open` begins from the row. */
  close(): Promise<void>
  /** Work that nobody waits for, except `settled`. */
  track(work: Promise<unknown> | undefined): void
  settled(): Promise<void>
  /** No more tries. */
  stop(): void
  stopped(): boolean
}

const retryMs = [100, 250, 500, 1_000, 2_000]

export function createSessionRun(deps: Dependencies, sessionId: string, listener: () => ClaudeListener): SessionRun {
  const { storage, channels, claude, sessions, workspaces, clock, log } = deps
  let state: LaneState | null = null
  let link: ClaudeSession | null = null
  let closing: Promise<void> = Promise.resolve()
  let stopped = false
  const tracked = new Set<Promise<unknown>>()

  async function recordOrRefuse(): Promise<SessionRecord> {
    const record = await sessions.get(sessionId)
    if (!record) throw new Refused('NOT_FOUND', 'not found')
    return record
  }

  async function load(): Promise<LaneState> {
    const record = await sessions.get(sessionId)
    const by = record?.held?.by ?? null
    const [holder] = by === null ? [] : await storage.query<{ name: string }>('SELECT name FROM users WHERE id = ?', [by])
    const [turn = null] = await readExecutions(storage, "session_id = ? AND status = 'running'", [sessionId])
    const open = await readRequests(storage, "session_id = ? AND status = 'open'", [sessionId])
    return {
      queue: await readQueue(storage, sessionId),
      held: record?.held ? { reason: record.held.reason, userId: by, username: holder?.name ?? null } : null,
      turn,
      beside: null,
      asked: open.map(({ request, hash, openedAt }) => ({ request, hash, openedAt })),
      failure: record?.state === 'failed' ? (record.activity?.error ?? '') : null,
      stalled: false,
      tool: null,
      since: record?.activity?.since ?? record?.updatedAt ?? clock.now(),
      costUsd: record?.activity?.cost_usd ?? 0,
      head: record ? await headOf(record) : null,
    }
  }

  async function headOf({ conversationId, forkPending }: SessionRecord): Promise<string | null> {
    if (forkPending) return forkPending.execution_id
    if (conversationId === null) return null
    const sql = 'SELECT id FROM executions WHERE session_id = ? AND conversation_id = ? AND last_entry IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 1'
    return (await storage.query<{ id: string }>(sql, [sessionId, conversationId]))[0]?.id ?? null
  }

  /** The turn itself, or the one before it when its process died without a word. */
  async function branchPoint(executionId: string): Promise<KeptExecution | null> {
    for (let id: string | null = executionId; id !== null; ) {
      const [execution]: KeptExecution[] = await readExecutions(storage, 'id = ?', [id])
      if (!execution || execution.lastEntry !== null) return execution ?? null
      id = execution.afterId
    }
    return null
  }

  async function specOf(): Promise<ProcessSpec> {
    const record = await recordOrRefuse()
    const workspace = await workspaces.get(record.workspaceId)
    if (!workspace) throw new Refused('GONE', 'the folder of this session is no workspace any more')
    const { forkPending } = record
    const source = forkPending?.execution_id ? await branchPoint(forkPending.execution_id) : null
    return {
      sessionId,
      cwd: workspace.path,
      conversationId: source?.conversationId ?? forkPending?.conversation_id ?? record.conversationId,
      fork: forkPending !== null,
      // Also when all of it was meant: the original may have gone on meanwhile.
      resumeAt: source?.lastEntry ?? null,
      model: record.model,
      permissionMode: allowedMode(record.permissionMode, deps.allowBypass),
      systemPrompt: record.systemPrompt,
      trusted: await workspaces.isTrusted(record.workspaceId, true),
      rules: (await readRules(storage, record.workspaceId, sessionId)).map(ruleText),
    }
  }

  async function prepared(draft: Draft, next: Partial<LaneState>, session: SessionChange): Promise<LaneState> {
    const after = { ...state!, ...next }
    const held = after.held && { reason: after.held.reason, by: after.held.userId }
    draft.include(await sessions.changing(sessionId, { state: shownState(after), activity: shownActivity(after), held, ...session }))
    return after
  }

  const wait = (ms: number) => new Promise<void>((done) => clock.setTimer(done, ms))

  const run: SessionRun = {
    sessionId,
    live: null,
    expectedMode: null,
    steers: new Map(),
    get link() {
      return link
    },
    lane: (work) => sessions.lane(sessionId, async () => work((state ??= await load()))),
    peek: () => state,
    look: async () => state ?? load(),
    async commit(draft, next, { asked = null, result = {}, session = {} } = {}) {
      const after = await prepared(draft, next, session)
      await publishDraft(channels, draft, asked && { asked, result }, () => (state = after))
      return after
    },
    async keep(draft, next, session = {}) {
      const statements = draft.statements.length
      for (let attempt = 0; ; attempt++) {
        try {
          const after = await prepared(draft, next, session)
          await publishDraft(channels, draft, null, () => (state = after))
          return after
        } catch (error) {
          const passing = error instanceof Refused && error.code === 'BUSY'
          if (!passing || stopped) {
            // A deleted session, or rows that say otherwise: what has happened stays so, the table keeps what it has.
            log.error('executions.not_kept', { sessionId, events: draft.events.map(({ type }) => type), problem: error })
            return (state = { ...state!, ...next })
          }
          if (attempt === 0) log.warn('executions.write_delayed', { sessionId, problem: error })
          await wait(retryMs[Math.min(attempt, retryMs.length - 1)]!)
          draft.statements.length = statements
          draft.events = draft.events.filter(({ type }) => type !== 'session')
        }
      }
    },
    know: (next) => (state = { ...state!, ...next }),
    async open() {
      if (link) return link
      await closing
      link = claude.open(await specOf(), listener())
      return link
    },
    async close() {
      const old = link
      link = null
      if (old) closing = closing.then(() => old.close()).catch((problem: unknown) => log.error('executions.close_failed', { sessionId, problem }))
      await closing
    },
    track(work) {
      if (!work) return
      tracked.add(work)
      const done = () => void tracked.delete(work)
      work.then(done, (problem: unknown) => {
        done()
        log.error('executions.work_failed', { sessionId, problem })
      })
    },
    async settled() {
      while (tracked.size > 0) await Promise.allSettled([...tracked])
    },
    stop: () => void (stopped = true),
    stopped: () => stopped,
  }
  return run
}
