// The one process a session may have: begun when somebody needs it, given up when it is gone.
import { Refused, type Todo } from '#protocol'
import type { Log } from '../observability/log.ts'
import type { ProcessSpec } from './session-spec.ts'
import type { Pool } from './pool.ts'
import type { ClaudeProcess, ProcessListener } from './process.ts'
import type { ProcessStart } from './process-life.ts'
import type { Ready } from './process-options.ts'
import type { Spares } from './spares.ts'

export type ProcessSource = {
  pool: Pool
  spares: Spares
  start(start: Pick<ProcessStart, 'spec' | 'todos' | 'isOnlyForPrompt'>, listener: ProcessListener): Promise<ClaudeProcess>
  /** false: one process per prompt. */
  persistent: boolean
  log: Log
}

export type SessionProcess = ReturnType<typeof createSessionProcess>
export type SessionState = 'cold' | 'waiting' | 'starting' | 'ready' | 'working' | 'ending'

/** `spec` is read at each start: it may change in between. */
export function createSessionProcess(deps: ProcessSource, spec: ProcessSpec, events: ProcessListener & { ready(ready: Ready, trusted: boolean): void }) {
  const { pool, spares, log } = deps
  let current: ClaudeProcess | null = null
  let starting: Promise<ClaudeProcess> | null = null
  let todos: readonly Todo[] = spec.todos ?? []
  let isClosed = false
  let isStale = false

  const listener: ProcessListener = {
    ...events,
    need: () => (starting === null ? events.need() : 'now'),
    ended(how) {
      todos = current?.todos() ?? todos
      current = null
      isStale = false
      events.ended(how)
    },
  }

  function hold(process: ClaudeProcess): ClaudeProcess {
    current = process
    process.ready.then((ready) => events.ready(ready, process.isTrusting), () => {})
    return process
  }

  /** The files may have changed since the trust was looked at: before a process reads them, and before one that has read them gets a prompt. */
  async function lookAgain(): Promise<void> {
    if (spec.trusted && spec.stillTrusted && !(await spec.stillTrusted())) spec.trusted = false
  }

  /** Brings it up to what the session is set to by now. What a running process cannot be told needs another one. */
  async function caughtUp(process: ClaudeProcess, given: Pick<ProcessSpec, 'model' | 'permissionMode' | 'rules'>): Promise<ClaudeProcess> {
    try {
      if ((spec.model ?? null) !== (given.model ?? null)) await process.setModel(spec.model ?? null)
      if (spec.permissionMode !== given.permissionMode) await process.setPermissionMode(spec.permissionMode)
      if (String(spec.rules ?? []) !== String(given.rules ?? [])) await process.setRules(spec.rules ?? [])
      if (process.isTrusting === spec.trusted) return process
    } catch (problem) {
      log.info('claude.not_caught_up', { sessionId: spec.sessionId, problem })
    }
    await process.end('stopped')
    return begin(false)
  }

  async function begin(isOnlyForPrompt: boolean): Promise<ClaudeProcess> {
    let given = spec
    const process = await pool.start(spec, async () => {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      await lookAgain()
      given = { ...spec }
      const begun = await deps.start({ spec: given, todos, isOnlyForPrompt }, listener)
      isStale = isOnlyForPrompt
      return hold(begun)
    })
    if (isOnlyForPrompt && !process.isTrusting) return process
    await process.ready
    await lookAgain()
    if (!isOnlyForPrompt) return caughtUp(process, given)
    if (spec.trusted) return process
    await process.end('stopped')
    return begin(true)
  }

  async function start(): Promise<ClaudeProcess> {
    if (!deps.persistent) return begin(true)
    await lookAgain()
    const spare = spares.take(spec)
    if (spare) {
      spare.adopt(listener)
      return caughtUp(hold(spare), { permissionMode: 'default' })
    }
    try {
      return await begin(false)
    } catch (problem) {
      if (isClosed || (problem instanceof Refused && problem.code !== 'CLAUDE_UNAVAILABLE')) throw problem
      // Keeping a process did not work: perhaps one for this prompt alone does, which need not say anything before.
      log.warn('claude.start_failed', { sessionId: spec.sessionId, problem })
      return begin(true)
    }
  }

  /** A process that takes prompts, in time. */
  async function living(): Promise<ClaudeProcess> {
    // One that is on its way out takes nothing more.
    while (current?.isEnding()) await current.over
    if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
    if (current !== null && starting === null) return current
    return (starting ??= start().finally(() => (starting = null)))
  }

  /** There is nothing left to do for now: it goes if it is of no more use, or gives way to somebody who waits. */
  function rest(): void {
    if (!current?.isIdle() || current.isEnding()) return
    if (isStale) void current.end(deps.persistent ? 'stopped' : 'per_prompt')
    else pool.serve()
  }

  /** No process is begun any more. */
  function close(): void {
    isClosed = true
    pool.withdraw(spec)
  }

  return {
    current: (): ClaudeProcess | null => current,
    state(): SessionState {
      if (pool.isWaiting(spec)) return 'waiting'
      if (starting !== null) return 'starting'
      if (current === null) return 'cold'
      if (current.isEnding()) return 'ending'
      return current.isIdle() ? 'ready' : 'working'
    },
    living,
    /** If it costs nobody else a place. */
    startAhead(): void {
      if (!deps.persistent || isClosed || current !== null || starting !== null || !(spares.has(spec) || pool.hasRoom())) return
      living().catch((problem: unknown) => log.warn('claude.prewarm_failed', { sessionId: spec.sessionId, problem }))
    },
    /** Nobody waits for a place any more. */
    withdraw: (): void => pool.withdraw(spec),
    /** What it was started with holds no more: it goes when it has nothing to do. */
    outdate(): void {
      if (current !== null) isStale = true
      rest()
    },
    rest,
    close,
    tick(ms: number): void {
      current?.tick(ms)
      rest()
    },
    async shutDown(): Promise<void> {
      close()
      const process = current
      // A question that people have not answered outlives the relay; an interruption would answer it with no.
      if (process?.isWaiting()) process.kill('parked')
      else if (process?.inTurn()) await process.interrupt()
      await process?.end('shutdown')
    },
  }
}
