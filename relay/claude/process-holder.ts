// The one process a session may have: begun in a place of its own when somebody needs it, given up when it is gone.
import { Refused, type Todo } from '#protocol'
import type { Log } from '../observability/log.ts'
import type { ProcessEnd, ProcessSpec } from './claude.ts'
import type { Pool, Tenant } from './pool.ts'
import type { ClaudeProcess, ProcessListener } from './process.ts'
import type { Spares } from './spares.ts'

export type HolderDependencies = {
  pool: Pool
  spares: Spares
  start(spec: ProcessSpec, todos: readonly Todo[], isOnlyForPrompt: boolean, listener: ProcessListener): Promise<ClaudeProcess>
  persistent: boolean
  log: Log
}

export type HolderEvents = {
  /** Whom the process tells; `ended` comes by the holder. */
  listener: ProcessListener
  begun(process: ClaudeProcess): void
  /** For the pool: how long the process has been idle; null while it is not. */
  idleMs(): number | null
}

/** Settings that a running process can be told anew. */
type Given = Pick<ProcessSpec, 'model' | 'permissionMode' | 'rules'>

/** `spec` is read at each start: it may change in between. */
export function createProcessHolder(deps: HolderDependencies, spec: ProcessSpec, events: HolderEvents) {
  const { pool, spares, log } = deps
  let current: ClaudeProcess | null = null
  let starting: Promise<ClaudeProcess> | null = null
  let todos: readonly Todo[] = []
  let isWaiting = false
  let isEnding = false
  let isClosed = false
  let isStale = false

  const tenant: Tenant = { idleMs: () => (isEnding || starting !== null ? null : events.idleMs()), leave: () => end('idle') }

  const listener: ProcessListener = {
    ...events.listener,
    ended(how) {
      todos = current?.todos() ?? todos
      current = null
      isEnding = false
      isStale = false
      pool.leave(tenant)
      events.listener.ended(how)
    },
  }

  function hold(process: ClaudeProcess): ClaudeProcess {
    current = process
    events.begun(process)
    return process
  }

  /** A spare one that fits, given what it could not know when it was started. */
  async function adopt(): Promise<ClaudeProcess | null> {
    const spare = deps.persistent ? spares.take(spec) : null
    if (!spare) return null
    pool.swap(spare.tenant, tenant)
    spare.process.adopt(listener)
    const process = hold(spare.process)
    await catchUp(process, { permissionMode: 'default' })
    return process
  }

  /** What has changed since the process was given these. */
  async function catchUp(process: ClaudeProcess, given: Given): Promise<void> {
    if ((spec.model ?? null) !== (given.model ?? null)) await process.setModel(spec.model ?? null)
    if (spec.permissionMode !== given.permissionMode) await process.setPermissionMode(spec.permissionMode)
    if (String(spec.rules ?? []) !== String(given.rules ?? [])) await process.setRules(spec.rules ?? [])
  }

  async function startInPlace(isOnlyForPrompt: boolean): Promise<ClaudeProcess> {
    isWaiting = true
    await pool.enter(tenant).finally(() => (isWaiting = false))
    try {
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      const given = { ...spec }
      const process = hold(await deps.start(given, todos, isOnlyForPrompt, listener))
      if (isOnlyForPrompt) {
        isStale = true
        return process
      }
      await process.ready
      await catchUp(process, given)
      return process
    } catch (error) {
      if (current === null) pool.leave(tenant)
      throw error
    }
  }

  async function begin(): Promise<ClaudeProcess> {
    const spare = await adopt()
    if (spare) return spare
    if (!deps.persistent) return startInPlace(true)
    try {
      return await startInPlace(false)
    } catch (problem) {
      const isFailure = !(problem instanceof Refused) || problem.code === 'CLAUDE_UNAVAILABLE'
      if (!isFailure || isClosed) throw problem
      // Keeping a process did not work: perhaps one for this prompt alone does, which need not say anything before.
      log.warn('claude.start_failed', { sessionId: spec.sessionId, problem })
      return startInPlace(true)
    }
  }

  function start(): Promise<ClaudeProcess> {
    starting ??= begin().finally(() => (starting = null))
    return starting
  }

  async function end(cause: ProcessEnd['cause']): Promise<void> {
    if (current === null) return
    isEnding = true
    await current.end(cause)
  }

  return {
    current: (): ClaudeProcess | null => current,
    isStarting: (): boolean => starting !== null,
    isWaiting: (): boolean => isWaiting,
    isEnding: (): boolean => isEnding || (current?.isEnding() ?? false),
    /** What the process was started with holds no more, or it was for one prompt: it goes when it has nothing to do. */
    isStale: (): boolean => isStale,
    stale: (): void => void (isStale = true),
    /** A process that takes prompts, in time. */
    async living(): Promise<ClaudeProcess> {
      // One that is on its way out takes nothing more; its place is free when it is gone.
      while (current !== null && (isEnding || current.isEnding())) await current.over
      if (isClosed) throw new Refused('CLAUDE_UNAVAILABLE', 'the session was closed')
      return current !== null && starting === null ? current : start()
    },
    startAhead(): void {
      const fits = spares.has(spec) || pool.hasRoom()
      if (!deps.persistent || isClosed || current !== null || starting !== null || !fits) return
      start().catch((problem: unknown) => log.warn('claude.prewarm_failed', { sessionId: spec.sessionId, problem }))
    },
    /** Nobody waits for a place any more. */
    withdraw: (): void => pool.withdraw(tenant),
    /** The place may go to somebody who waits. */
    offer: (): void => pool.idle(),
    end,
    close(): void {
      isClosed = true
      pool.withdraw(tenant)
    },
  }
}
