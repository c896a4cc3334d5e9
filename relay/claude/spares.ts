// Processes started before anybody asks, for the next new session of the folder that was used last.
import type { Log } from '../observability/log.ts'
import type { ProcessSpec } from './claude.ts'
import type { Pool, Tenant } from './pool.ts'
import type { ClaudeProcess, ProcessListener } from './process.ts'

type Spare = { process: ClaudeProcess; tenant: Tenant; key: string }

export type SparesDependencies = {
  count: number
  pool: Pool
  start(spec: ProcessSpec, listener: ProcessListener): Promise<ClaudeProcess>
  log: Log
}

/** Only what a process can still be given after its start may differ between sessions that share spares. */
const keyOf = (spec: ProcessSpec): string | null => {
  const isOwn = spec.conversationId !== null || spec.systemPrompt || spec.maxTurns || spec.tools || spec.permissionMode === 'bypassPermissions'
  return isOwn ? null : JSON.stringify([spec.cwd, spec.trusted])
}

export type Spares = ReturnType<typeof createSpares>

export function createSpares({ count, pool, start, log }: SparesDependencies) {
  const spares = new Set<Spare>()
  let starting = 0
  let isStopped = false

  async function add(spec: ProcessSpec, key: string): Promise<void> {
    const tenant: Tenant = { idleMs: () => Number.POSITIVE_INFINITY, leave: () => drop(spare) }
    if (!pool.tryEnter(tenant)) return
    let spare: Spare | null = null
    const listener: ProcessListener = {
      told: () => {},
      permission: async () => ({ behavior: 'deny', message: 'not in use' }),
      ended: () => {
        if (spare) spares.delete(spare)
        pool.leave(tenant)
      },
    }
    starting += 1
    try {
      const bare: ProcessSpec = { sessionId: 'spare', cwd: spec.cwd, trusted: spec.trusted, conversationId: null, permissionMode: 'default' }
      const process = await start(bare, listener).catch((error: unknown) => {
        pool.leave(tenant)
        throw error
      })
      await process.ready
      if (process.isEnding()) return
      spare = { process, tenant, key }
      spares.add(spare)
      if (isStopped) await drop(spare)
    } catch (error) {
      log.warn('claude.spare_failed', { error })
    } finally {
      starting -= 1
    }
  }

  function fitting(spec: ProcessSpec): Spare | undefined {
    const key = keyOf(spec)
    return key === null ? undefined : [...spares].find((spare) => spare.key === key && spare.process.isIdle())
  }

  async function drop(spare: Spare | null): Promise<void> {
    if (spare === null) return
    spares.delete(spare)
    await spare.process.end('idle')
  }

  return {
    has: (spec: ProcessSpec): boolean => fitting(spec) !== undefined,
    /** A ready process that this session can have, with its place. */
    take(spec: ProcessSpec): Spare | null {
      const spare = fitting(spec)
      if (spare) spares.delete(spare)
      return spare ?? null
    },
    /** A session has started in this folder: the next one is expected there too. */
    async refill(spec: ProcessSpec): Promise<void> {
      const key = keyOf({ ...spec, conversationId: null, systemPrompt: null, maxTurns: null, tools: null, permissionMode: 'default' })!
      for (const spare of spares) if (spare.key !== key) await drop(spare)
      while (!isStopped && spares.size + starting < count && pool.hasRoom()) await add(spec, key)
    },
    count: (): number => spares.size,
    async stop(): Promise<void> {
      isStopped = true
      await Promise.all([...spares].map(drop))
    },
  }
}
