// DOOR of claude: live CLI processes behind sessions, what they do told as facts, never more of them than allowed.
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { childEnvironment } from './child-environment.ts'
import type { ClaudeDescription } from './describe-claude.ts'
import { createGuardian } from './guardian.ts'
import { handedFolder, openHandedFiles, readingRule, removeHandedFiles, type HandedFile } from './handed-files.ts'
import { createKnownClaude } from './known-claude.ts'
import { createPool } from './pool.ts'
import { startProcess, type ClaudeProcess } from './process.ts'
import { endMarked, MARK, markOf } from './process-marks.ts'
import { createOffers } from './offers.ts'
import type { Model } from './process-options.ts'
import { chooseSandbox } from './sandbox.ts'
import type { ClaudeListener, ProcessSpec } from './session-spec.ts'
import type { ProcessSource } from './session-process.ts'
import { openSession, type ClaudeSession } from './session.ts'
import { createSpares } from './spares.ts'
import { createTerminal } from './terminal.ts'

export { handedFolders } from './handed-files.ts'
export { wholeMicros } from './translate-result.ts'
export type { ApiUse, Fact, PermissionDecision, PermissionQuestion, SlashCommand, TurnOutcome } from './facts.ts'
export type { ClaudeListener, ContentBlock, ProcessEnd, ProcessSpec } from './session-spec.ts'
export type { ClaudeSession } from './session.ts'
export { isOwn, notOwn } from './own-commands.ts'
export type { TerminalConversation, TerminalPage } from './terminal.ts'
export type { PastTurn } from './transcript-history.ts'

export type ClaudeConfig = {
  /** The CLI to run instead of the SDK's own. */
  bin: string | null
  idleMs: number
  maxProcesses: number
  /** Processes kept started for the next new session of a folder. */
  spares: number
  sandbox: 'auto' | 'bwrap' | 'off'
  persistent: boolean
  /** More names to pass to the child's environment. */
  environmentNames: string[]
  /** The relay's data folder: names this relay to its own later runs, and is hidden from Claude where a sandbox is. */
  dataFolder: string
  /** So much stays free on the disk, whatever Claude is handed. */
  reserveBytes?: number
  /** The relay's own files outside of it, hidden in the same way. */
  ownFiles?: readonly string[]
  /** Put into the child's environment over what the allow-list passes. */
  overrides?: Readonly<Record<string, string>>
}

export type ClaudeDependencies = {
  config: ClaudeConfig
  clock: Clock
  log: Log
  /** Counts how processes end. */
  metrics?: Pick<Metrics, 'add'>
  newId: () => string
  /** The files of a session: all of people's files that its process is to read. */
  filesOf?: (sessionId: string) => Promise<HandedFile[]>
  /** The relay's own; only what the allow-list names reaches Claude. */
  environment?: Record<string, string | undefined>
}

/** `waiting`: people are asked · `spare`: started ahead, used by nobody. */
export type LivingProcess = {
  id: string
  sessionId: string | null
  pid: number | null
  state: Exclude<ClaudeSession['state'], 'cold'> | 'spare'
  /** Milliseconds since 1970. */
  startedAt: number
  /** For how long it has had nothing to do; null while it has. */
  idleMs: number | null
}

function livingOf(process: ClaudeProcess, sessionId: string | null, state: ClaudeSession['state'] | 'spare'): LivingProcess {
  const idleMs = process.idleMs()
  return { id: process.id, sessionId, pid: process.pid(), state: state === 'cold' ? 'ending' : state, startedAt: process.startedAt, idleMs: idleMs === null || !Number.isFinite(idleMs) ? null : idleMs }
}

const MAX_TICK_MS = 5_000

export type Claude = ReturnType<typeof createClaude>

export function createClaude({ config, clock, log, metrics, newId, filesOf = async () => [], environment: all = process.env }: ClaudeDependencies) {
  const { dataFolder, persistent, idleMs, bin } = config
  const dataMark = `${markOf(dataFolder)}.`
  const runMark = `${dataMark}${newId()}.`
  const environment = { ...childEnvironment(all, config.environmentNames), ...config.overrides }
  const guardian = createGuardian(runMark, log)
  const cli = createKnownClaude({ bin, environment: { ...environment, [MARK]: `${runMark}version` }, clock })
  const pool = createPool(config.maxProcesses)
  const sandboxing = chooseSandbox(config.sandbox, { dataFolder, files: config.ownFiles ?? [] }, environment)
  sandboxing.catch(() => {})
  const sessions = new Map<string, ClaudeSession>()
  const offers = createOffers()
  let models: Model[] = []
  let started = 0
  let unknownMessages = 0

  const start: ProcessSource['start'] = async (what, listener) => {
    const sandbox = await sandboxing
    sandbox.check()
    // Loaded when it is needed first: it is a megabyte, and a relay at rest does without.
    const { query } = await import('@anthropic-ai/claude-agent-sdk')
    const files = await openHandedFiles({ dataFolder, sandboxed: sandbox.kind === 'off' ? null : newId(), reserveBytes: config.reserveBytes ?? 0, clock })
    const begun = startProcess({ query, environment, bin, idleMs, sandbox, guardian, clock, log, metrics }, { ...what, files, id: newId(), mark: `${runMark}${++started}.` }, listener)
    void begun.over.then(() => (unknownMessages += begun.unknownMessages()))
    return begun
  }

  const spares = createSpares({ count: persistent ? config.spares : 0, pool, start: (spec, listener) => start({ spec, todos: [], isOnlyForPrompt: false }, listener), log })
  const tickMs = Math.min(MAX_TICK_MS, Math.ceil(idleMs / 4))
  const ticking = clock.every(() => {
    for (const session of sessions.values()) session.tick(tickMs)
  }, tickMs)

  return {
    /** One per session of ours; nothing is started yet. Opening an open session is a bug. */
    open(spec: ProcessSpec, listener: ClaudeListener): ClaudeSession {
      if (sessions.has(spec.sessionId)) throw new Error(`the session ${spec.sessionId} is open already`)
      const ready = (about: { models: Model[] }): void => {
        models = about.models
        void spares.refill(spec)
      }
      const closed = (): void => void sessions.delete(spec.sessionId)
      const session = openSession({ pool, spares, start, persistent, filesOf, reading: readingRule(dataFolder, spec.sessionId), ready, offered: (commands, trusted) => offers.learn({ cwd: spec.cwd, trusted }, commands), closed, log }, spec, listener)
      sessions.set(spec.sessionId, session)
      return session
    },
    /** Ends what an earlier run of this relay has left behind. Before listening. Resolves to how many processes that were. */
    async sweep(): Promise<number> {
      const ended = await endMarked(dataMark, (mark) => mark.startsWith(runMark))
      await removeHandedFiles(dataFolder)
      return ended
    },
    /** A file was deleted: its session's Claude does not read it any more, in the middle of a turn either. */
    async withdrawFile(sessionId: string, fileId: string): Promise<void> {
      await sessions.get(sessionId)?.process?.withdraw(fileId)
    },
    /** Where a session's Claude finds its files, as it sees it. */
    filesFolder: (sessionId: string): string => handedFolder(dataFolder, sessionId),
    /** What people talked about with Claude in a terminal. */
    terminal: createTerminal({ environment, clock }),
    /** As far as it is known; waits a moment at most. */
    async describe(): Promise<ClaudeDescription> {
      const [described, sandbox] = await Promise.all([cli.describe(), sandboxing.then(({ kind }) => kind, () => 'off' as const)])
      return { ...described, sandbox }
    },
    /** The same without waiting; null before anything is known. */
    known: cli.known,
    /** What a process in this folder has said can be called with a slash; null when none has run there so far. */
    commandsIn: offers.of,
    /** The models on offer, from the last process that started; empty until then. */
    models: (): Model[] => models,
    stats() {
      const live = [...sessions.values()].flatMap(({ sessionId, state, process }) => (process ? [{ sessionId, state, process }] : []))
      return {
        processes: live.map(({ sessionId, state, process }) => ({ sessionId, state, pid: process.pid() })),
        waiting: pool.waiting(),
        spares: spares.count(),
        unknownMessages: live.reduce((sum, { process }) => sum + process.unknownMessages(), unknownMessages),
      }
    },
    /** Each process that lives, spares among them, which have no session. */
    processes(): LivingProcess[] {
      const ofSessions = [...sessions.values()].flatMap(({ sessionId, state, process }) => (process ? [livingOf(process, sessionId, state === 'working' && process.isWaiting() ? 'waiting' : state)] : []))
      return [...ofSessions, ...spares.all().map((process) => livingOf(process, null, 'spare'))]
    },
    /** Ends one that nobody uses; false when there is none of this id. */
    endSpare(id: string): boolean {
      const spare = spares.all().find((process) => process.id === id)
      spare?.end('stopped').catch((error: unknown) => log.error('claude.spare_not_ended', { process_id: id, error }))
      return spare !== undefined
    },
    /** Interrupts what runs, ends all processes, starts no more. */
    async stop(): Promise<void> {
      ticking.cancel()
      pool.close()
      await Promise.all([spares.stop(), ...[...sessions.values()].map((session) => session.shutDown())])
      // Of what cannot be looked for here, the guardian makes an end; the relay has more to put away.
      await endMarked(runMark).catch((error: unknown) => log.error('claude.strays_not_ended', { error }))
      guardian.stop()
    },
  }
}
