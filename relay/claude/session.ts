// A session's side of Claude over time: one process at a time, started when it is needed, gone when it is not, the conversation kept.
import { Refused, type Todo } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { ClaudeListener, ClaudeSession, ProcessEnd, ProcessSpec, SessionState } from './claude.ts'
import type { SlashCommand, Translated } from './facts.ts'
import type { Pool, Tenant } from './pool.ts'
import type { ClaudeProcess, ProcessListener, Ready } from './process.ts'
import { checkModel, checkPermissionMode } from './process-options.ts'
import { bytesOf } from './prompt-input.ts'
import { createPromptLane } from './prompt-lane.ts'
import { watchProcess } from './process-watch.ts'
import type { Spares } from './spares.ts'

export const MAX_PROMPT_BYTES = 8 * 1024 * 1024

export type SessionDependencies = {
  pool: Pool
  spares: Spares
  start(spec: ProcessSpec, todos: readonly Todo[], isOnlyForPrompt: boolean, listener: ProcessListener): Promise<ClaudeProcess>
  /** A process of this session has become ready. */
  ready(ready: Ready, spec: ProcessSpec): void
  closed(): void
  idleMs: number
  persistent: boolean
  clock: Clock
  log: Log
}

export type OpenSession = ClaudeSession & {
  readonly spec: Readonly<ProcessSpec>
  readonly process: ClaudeProcess | null
  readonly startedAt: number
  idleSince(): number | null
  tick(ms: number): void
  shutDown(): Promise<void>
}

export function openSession(deps: SessionDependencies, opened: ProcessSpec, listener: ClaudeListener): OpenSession {
  const { pool, clock, log } = deps
  const spec: ProcessSpec = { ...opened }
  let current: ClaudeProcess | null = null
  let starting: Promise<ClaudeProcess> | null = null
  let isWaiting = false
  let isClosed = false
  let isEnding = false
  let isStale = false
  let startedAt = 0
  let todos: readonly Todo[] = []
  let commands: SlashCommand[] = []

  const isIdle = (): boolean => current !== null && lane.isEmpty() && starting === null && current.isIdle()
  const watch = watchProcess({ idleMs: deps.idleMs, tell: (text, code) => listener.fact({ type: 'log', data: { level: 'warn', source: 'relay', text, code } }) })
  const tenant: Tenant = { idleMs: () => (isIdle() && !isEnding ? watch.idleMs() : null), leave: () => endProcess('idle') }

  function told(event: Translated): void {
    switch (event.kind) {
      case 'fact':
        return listener.fact(event.fact)
      case 'turn_began':
        return listener.turnBegan({ origin: event.origin, promptIds: event.promptIds })
      case 'prompt_taken':
        return listener.promptTaken(event.promptId)
      case 'turn_ended':
        listener.turnEnded(event.outcome)
        return queueMicrotask(afterTurn)
      case 'conversation':
        Object.assign(spec, { conversationId: event.conversationId, fork: false, resumeAt: null })
        return listener.conversation(event.conversationId, event.cleared)
      case 'settings':
        if (event.commands) commands = event.commands
        if (event.permissionMode && event.permissionMode !== spec.permissionMode) {
          spec.permissionMode = event.permissionMode
          listener.modeChanged?.(event.permissionMode)
        }
        return
      default:
    }
  }

  const processListener: ProcessListener = {
    told,
    permission: (question, withdrawn) => listener.permission(question, withdrawn),
    ended(end) {
      todos = current?.todos() ?? todos
      current = null
      isEnding = false
      pool.leave(tenant)
      // A start that failed is answered where it was asked for, unless something was lost with it.
      if (end.cause !== 'start_failed' || end.duringTurn || end.lostPromptIds.length > 0) listener.ended(end)
    },
  }

  function afterTurn(): void {
    if (!isIdle()) return
    if (isStale) void endProcess('stopped')
    else if (!deps.persistent) void endProcess('per_prompt')
    else pool.idle()
  }

  async function endProcess(cause: ProcessEnd['cause']): Promise<void> {
    if (current === null) return
    isEnding = true
    await current.end(cause)
  }

  /** A spare process that fits, with what it could not know when it was started. */
  async function adopt(): Promise<ClaudeProcess | null> {
    const spare = deps.persistent ? deps.spares.take(spec) : null
    if (!spare) return null
    pool.swap(spare.tenant, tenant)
    current = spare.process
    current.adopt(processListener)
    if (spec.model) await current.setModel(spec.model)
    if (spec.permissionMode !== 'default') await current.setPermissionMode(spec.permissionMode)
    if (spec.rules && spec.rules.length > 0) await current.setRules(spec.rules)
    return current
  }

  async function start(needsReady: boolean, spare: ClaudeProcess | null = null): Promise<ClaudeProcess> {
    const begun = spare ?? (await deps.start(spec, todos, !needsReady, processListener))
    current = begun
    isStale = false
    startedAt = clock.now()
    watch.reset()
    begun.ready.then(
      (ready) => {
        commands = ready.commands
        deps.ready(ready, spec)
      },
      () => {},
    )
    if (needsReady) await begun.ready
    return begun
  }

  async function startInPlace(): Promise<ClaudeProcess> {
    const spare = await adopt()
    if (spare) return start(true, spare)
    isWaiting = true
    await pool.enter(tenant).finally(() => (isWaiting = false))
    try {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      return await start(deps.persistent)
    } catch (error) {
      if (current === null) pool.leave(tenant)
      throw error
    }
  }

  /** Keeping a process did not work: perhaps one for this prompt alone does, without waiting for its first word. */
  async function startOnce(problem: unknown): Promise<ClaudeProcess> {
    if (problem instanceof Refused && problem.code !== 'CLAUDE_UNAVAILABLE') throw problem
    log.warn('claude.start_failed', { sessionId: spec.sessionId, problem })
    await pool.enter(tenant)
    try {
      const begun = await start(false)
      isStale = true
      return begun
    } catch (error) {
      if (current === null) pool.leave(tenant)
      throw error
    }
  }

  async function living(): Promise<ClaudeProcess> {
    // One that is on its way out takes nothing more; its place is free when it is gone.
    if (current !== null && (isEnding || current.isOver())) await current.over
    if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
    if (current !== null && starting === null) return current
    starting ??= startInPlace().finally(() => (starting = null))
    return starting
  }

  const lane = createPromptLane(() => living().catch((problem: unknown) => (deps.persistent && !isClosed ? startOnce(problem) : Promise.reject(problem))))

  return {
    spec,
    get process() {
      return current
    },
    get startedAt() {
      return startedAt
    },
    get state(): SessionState {
      if (isWaiting) return 'waiting'
      if (starting !== null) return 'starting'
      if (current === null) return 'cold'
      if (isEnding) return 'ending'
      return isIdle() ? 'ready' : 'working'
    },
    prewarm() {
      if (!deps.persistent || isClosed || current !== null || starting !== null || !(deps.spares.has(spec) || pool.hasRoom())) return
      starting = startInPlace().finally(() => (starting = null))
      starting.catch((problem: unknown) => log.warn('claude.prewarm_failed', { sessionId: spec.sessionId, problem }))
    },
    async send(prompt) {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      if (bytesOf(prompt.content) > MAX_PROMPT_BYTES) throw new Refused('TOO_LARGE', 'the prompt is too large')
      await lane.send(prompt)
    },
    async interrupt() {
      const isOnTheWay = !lane.isEmpty()
      lane.stop()
      pool.withdraw(tenant)
      if (current !== null && (current.inTurn() || !isOnTheWay)) return current.interrupt()
      return isOnTheWay ? 'interrupted' : 'nothing'
    },
    async setModel(model) {
      spec.model = model === null ? null : checkModel(model)
      if (current?.isReady()) await current.setModel(model)
    },
    async setPermissionMode(mode) {
      spec.permissionMode = checkPermissionMode(mode)
      if (!current?.isReady()) return
      // A mode that the process was not started for needs a new one; the conversation goes on in it.
      await current.setPermissionMode(mode).catch(() => restart())
    },
    async setRules(rules) {
      spec.rules = [...rules]
      if (current?.isReady()) await current.setRules(rules)
    },
    async setTrusted(trusted) {
      if (trusted === spec.trusted) return
      spec.trusted = trusted
      await restart()
    },
    contextUsage: async () => (current?.isReady() ? current.contextUsage().catch(() => null) : null),
    commands: () => commands,
    end: (cause = 'stopped') => endProcess(cause),
    async close() {
      isClosed = true
      await endProcess('stopped')
      deps.closed()
    },
    idleSince: () => (isIdle() ? clock.now() - watch.idleMs() : null),
    tick(ms) {
      if (current === null || isEnding) return
      const verdict = watch.tick(ms, current, isIdle())
      if (verdict === 'stalled') current.stalled()
      if (verdict === 'parked') current.kill('parked')
      if (verdict === 'idle') void endProcess('idle')
      if (verdict === null) afterTurn()
    },
    async shutDown() {
      isClosed = true
      if (current?.inTurn()) await current.interrupt()
      await endProcess('shutdown')
    },
  }

  /** What the process was started with holds no more: it goes as soon as it has nothing to do. */
  async function restart(): Promise<void> {
    if (current === null) return
    if (isIdle()) return endProcess('stopped')
    isStale = true
  }
}
