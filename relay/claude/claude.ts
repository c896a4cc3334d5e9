// DOOR of claude: live CLI processes behind sessions, what they do told as facts, never more of them than allowed.
import type { Todo } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import { childEnvironment } from './child-environment.ts'
import { describeClaude } from './describe-claude.ts'
import type { Fact, PermissionDecision, PermissionQuestion, SlashCommand, TurnOutcome } from './facts.ts'
import { createGuardian } from './guardian.ts'
import { openHandedFiles, removeHandedFiles, type HandedFiles } from './handed-files.ts'
import { createPool } from './pool.ts'
import { startProcess, type ClaudeProcess, type ProcessListener } from './process.ts'
import { endMarked, markOf } from './process-marks.ts'
import { chooseSandbox, type Sandbox } from './sandbox.ts'
import { openSession, type OpenSession } from './session.ts'
import { createSpares } from './spares.ts'

export type { Fact, PermissionDecision, PermissionQuestion, SlashCommand, TurnOutcome } from './facts.ts'

/** What a session's process is started with. Model and mode may change while it runs; the rest holds for the process. */
export type ProcessSpec = {
  sessionId: string
  /** Absolute folder. A conversation can only be resumed from the folder it began in. */
  cwd: string
  /** The conversation to go on with (whatever the last init said); null for a new one. */
  conversationId: string | null
  /** Branch from `conversationId` instead of going on with it. */
  fork?: boolean
  /** Keep the conversation only up to this entry (`TurnOutcome.lastEntryId` of the last turn to be kept). */
  resumeAt?: string | null
  model?: string | null
  permissionMode: string
  /** Added to Claude Code's own system prompt. */
  systemPrompt?: string | null
  maxTurns?: number | null
  /** The built-in tools on offer; absent: all. */
  tools?: string[] | null
  /** Whether the folder's own settings, hooks and MCP servers may be loaded and run. */
  trusted: boolean
  /** Allow rules in the CLI's words, as in `Bash(npm test:*)`. */
  rules?: string[]
}

/**
 * Called in the order in which Claude did things, never re-entrantly. What a listener throws is logged, and the process goes on.
 * Between `turnEnded` and the next `turnBegan` only facts of background work arrive.
 */
export type ClaudeListener = {
  fact(fact: Fact): void
  /** `promptIds` are those of `send`; empty when Claude began by itself (`background`). */
  turnBegan(turn: { origin: 'prompt' | 'background'; promptIds: string[] }): void
  /** A prompt sent while a turn ran was folded into that turn. */
  promptTaken(promptId: string): void
  turnEnded(outcome: TurnOutcome): void
  /** The conversation has this id from now on; `cleared`: it is a new, empty one. */
  conversation(conversationId: string, cleared: boolean): void
  /** May stay unanswered for hours. `withdrawn` fires when nobody waits for the answer any more. */
  permission(question: PermissionQuestion, withdrawn: AbortSignal): Promise<PermissionDecision>
  /** Claude has changed its mode by itself, as when a plan was approved. */
  modeChanged?(permissionMode: string): void
  /** The process is gone. If a turn ran, `turnEnded` came just before. The session can be sent to again: it resumes. */
  ended(end: ProcessEnd): void
}

/** Why a process is gone. `lostPromptIds`: sent, never taken into any turn; they may be sent again under a new id. */
export type ProcessEnd = {
  cause: 'idle' | 'parked' | 'stopped' | 'shutdown' | 'died' | 'start_failed' | 'stalled' | 'interrupt_ignored' | 'flooded' | 'per_prompt'
  detail: string
  duringTurn: boolean
  lostPromptIds: string[]
}

export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'image'; source: { type: 'base64'; media_type: string; data: string } }

export type SessionState = 'cold' | 'waiting' | 'starting' | 'ready' | 'working' | 'ending'

export type ClaudeSession = {
  readonly state: SessionState
  /** Starts the process ahead if there is a free place. Never fails. */
  prewarm(): void
  /**
   * Hands a prompt over. On an idle session each priority just begins a turn; while one runs, `next` folds into it at the next tool
   * boundary, `later` waits for its end, `now` cuts it short. `id` must be a UUID that was never used before: the CLI drops repeats.
   * Rejects with `Refused` (CLAUDE_UNAVAILABLE, BUSY); then the prompt was not handed over.
   */
  send(prompt: { id: string; content: string | ContentBlock[]; priority: 'next' | 'later' | 'now' }): Promise<void>
  /**
   * Ends the running turn, or the one that is about to begin: softly, and after 10 s by ending the process. Resolves once `turnEnded` (or
   * `ended` with the lost prompt) was told. A `send` that still waits for a process rejects with CONFLICT.
   */
  interrupt(): Promise<'interrupted' | 'killed' | 'nothing'>
  setModel(model: string | null): Promise<void>
  setPermissionMode(mode: string): Promise<void>
  /** Replaces the allow rules of the running and of all later processes. */
  setRules(rules: string[]): Promise<void>
  /** Whether the folder is trusted holds from the next process on; an idle one is ended for it at once. */
  setTrusted(trusted: boolean): Promise<void>
  /** What fills the context window; null when no process runs. */
  contextUsage(): Promise<ContextUsage | null>
  /** Slash commands with their descriptions; empty until a process has run. */
  commands(): SlashCommand[]
  /** Ends the process. The session stays and is cold. */
  end(cause?: 'stopped'): Promise<void>
  /** Ends the process and forgets the session. */
  close(): Promise<void>
}

export type ContextUsage = { totalTokens: number; maxTokens: number; categories: { name: string; tokens: number }[] }
export type Model = { value: string; name: string; description: string }

export type ClaudeStats = {
  processes: { sessionId: string; pid: number | null; state: SessionState; startedAt: number; idleSince: number | null }[]
  waiting: number
  max: number
  spares: number
  unknownMessages: number
}

/** What a person is told at the start: whether Claude can be run at all. */
export type ClaudeDescription = { found: boolean; version: string | null; credentials: 'key' | 'login' | 'none'; sandbox: 'bwrap' | 'off' }

export type Claude = {
  /** One per session of ours; nothing is started yet. Opening an open session is a bug. */
  open(spec: ProcessSpec, listener: ClaudeListener): ClaudeSession
  /** Ends what an earlier run of this relay has left behind. Before listening. Resolves to how many processes that were. */
  sweep(): Promise<number>
  describe(): Promise<ClaudeDescription>
  /** The models on offer, from the last process that started; empty until then. */
  models(): Model[]
  stats(): ClaudeStats
  /** Interrupts what runs, ends all processes, starts no more. */
  stop(): Promise<void>
}

export type ClaudeConfig = {
  /** The CLI to run instead of the SDK's own. */
  bin: string | null
  idleMs: number
  maxProcesses: number
  /** Processes kept started for the next new session of a folder. */
  spares: number
  sandbox: 'auto' | 'bwrap' | 'off'
  /** false: one process per prompt. */
  persistent: boolean
  /** More names to pass to the child's environment. */
  environmentNames: string[]
  /** The relay's data folder: names this relay to its own later runs, and is hidden from Claude where a sandbox is. */
  dataFolder: string
  /** Put into the child's environment over what the allow-list passes. */
  overrides?: Readonly<Record<string, string>>
}

export type ClaudeDependencies = {
  config: ClaudeConfig
  clock: Clock
  log: Log
  newId: () => string
  /** Absolute paths of a session's uploads: all of the data folder that its process may see in a sandbox. */
  uploadsOf?: (sessionId: string) => Promise<string[]>
  /** The relay's own; only what the allow-list names reaches Claude. */
  environment?: Record<string, string | undefined>
}

const MAX_TICK_MS = 5_000

export function createClaude({ config, clock, log, newId, uploadsOf = async () => [], environment = process.env }: ClaudeDependencies): Claude {
  const dataMark = `${markOf(config.dataFolder)}.`
  const runMark = `${dataMark}${newId()}.`
  const childEnv = { ...childEnvironment(environment, config.environmentNames), ...config.overrides }
  const guardian = createGuardian(runMark, log)
  const pool = createPool(config.maxProcesses)
  const sandbox = chooseSandbox(config.sandbox, config.dataFolder, childEnv)
  sandbox.catch(() => {})
  const sessions = new Map<string, OpenSession>()
  const handed = new WeakMap<ClaudeProcess, HandedFiles>()
  let models: Model[] = []
  let started = 0
  let unknownMessages = 0

  async function start(spec: ProcessSpec, todos: readonly Todo[], isOnlyForPrompt: boolean, listener: ProcessListener): Promise<ClaudeProcess> {
    const box = await sandbox
    const files = box.kind === 'off' ? null : await openHandedFiles(config.dataFolder, newId())
    const wrap: Sandbox['wrap'] = (command, args, cwd) => box.wrap(command, args, cwd, files?.folder)
    const deps = { environment: childEnv, bin: config.bin, sandbox: { ...box, wrap }, guardian, clock, log }
    const begun = startProcess(deps, { spec, mark: `${runMark}${++started}.`, todos, isOnlyForPrompt }, listener)
    if (files) handed.set(begun, files)
    void begun.over.then(() => {
      unknownMessages += begun.unknownMessages()
      files?.remove().catch((error: unknown) => log.warn('claude.handed_files_left', { sessionId: spec.sessionId, error }))
    })
    return begun
  }

  const spares = createSpares({ count: config.persistent ? config.spares : 0, pool, start: (spec, listener) => start(spec, [], false, listener), log })
  const tickMs = Math.min(MAX_TICK_MS, Math.ceil(config.idleMs / 4))
  const ticking = clock.every(() => {
    for (const session of sessions.values()) session.tick(tickMs)
  }, tickMs)

  return {
    open(spec, listener) {
      if (sessions.has(spec.sessionId)) throw new Error(`the session ${spec.sessionId} is open already`)
      const session = openSession(
        {
          pool,
          spares,
          start,
          ready(ready, own) {
            models = ready.models
            void spares.refill(own)
          },
          share: (process) => handed.get(process)?.share,
          uploadsOf,
          closed: () => void sessions.delete(spec.sessionId),
          idleMs: config.idleMs,
          persistent: config.persistent,
          clock,
          log,
        },
        spec,
        listener,
      )
      sessions.set(spec.sessionId, session)
      return session
    },
    async sweep() {
      const ended = await endMarked(dataMark, (mark) => mark.startsWith(runMark))
      await removeHandedFiles(config.dataFolder)
      return ended
    },
    describe: async () => describeClaude({ bin: config.bin, environment: childEnv, sandbox: await sandbox.then(({ kind }) => kind, () => 'off' as const) }),
    models: () => models,
    stats() {
      const live = [...sessions.values()].filter((session) => session.process !== null)
      const processes = live.map((session) => ({
        sessionId: session.spec.sessionId,
        pid: session.process?.pid() ?? null,
        state: session.state,
        startedAt: session.startedAt,
        idleSince: session.idleSince(),
      }))
      const unknown = live.reduce((sum, session) => sum + (session.process?.unknownMessages() ?? 0), unknownMessages)
      return { processes, waiting: pool.waiting(), max: config.maxProcesses, spares: spares.count(), unknownMessages: unknown }
    },
    async stop() {
      ticking.cancel()
      pool.close()
      await Promise.all([spares.stop(), ...[...sessions.values()].map((session) => session.shutDown())])
      await endMarked(runMark)
      guardian.stop()
    },
  }
}
