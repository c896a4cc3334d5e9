// Processes started before anybody asks, for the next new session of the folder that was used last.
import type { Log } from '../observability/log.ts'
import type { ProcessSpec } from './session-spec.ts'
import type { Pool } from './pool.ts'
import type { ClaudeProcess, ProcessListener } from './process.ts'

export type SparesDependencies = {
  count: number
  pool: Pool
  start(spec: ProcessSpec, listener: ProcessListener): Promise<ClaudeProcess>
  log: Log
}

const folderOf = (spec: Pick<ProcessSpec, 'cwd' | 'trusted'>): string => JSON.stringify([spec.cwd, spec.trusted])

/** Only what a process can still be given after its start may differ between sessions that share spares. */
const canShare = (spec: ProcessSpec): boolean =>
  spec.conversationId === null && !spec.systemPrompt && !spec.tools && !spec.maxTurns && spec.permissionMode !== 'bypassPermissions'

const nobody: ProcessListener = {
  told: () => {},
  permission: async () => ({ behavior: 'deny', message: 'not in use' }),
  ended: () => {},
  need: () => 'none',
}

export type Spares = ReturnType<typeof createSpares>

export function createSpares({ count, pool, start, log }: SparesDependencies) {
  const spares = new Map<ClaudeProcess, string>()
  let starting = 0
  let isStopped = false

  async function add(spec: ProcessSpec): Promise<void> {
    starting += 1
    try {
      const stillTrusted = async () => spec.trusted && (await (spec.stillTrusted?.() ?? true))
      const process = await pool.start(spares, async () => {
        const bare: ProcessSpec = { sessionId: 'spare', cwd: spec.cwd, trusted: await stillTrusted(), conversationId: null, permissionMode: 'default' }
        return start(bare, nobody)
      })
      await process.ready
      spares.set(process, folderOf({ cwd: spec.cwd, trusted: process.isTrusting }))
      void process.over.then(() => spares.delete(process))
      // What it has read may be something else than was trusted.
      if (isStopped || (process.isTrusting && !(await stillTrusted()))) await process.end('idle')
    } catch (error) {
      log.warn('claude.spare_failed', { error })
    } finally {
      starting -= 1
    }
  }

  function fitting(spec: ProcessSpec): ClaudeProcess | undefined {
    if (!canShare(spec)) return undefined
    return [...spares.keys()].find((process) => spares.get(process) === folderOf(spec) && process.idleMs() !== null)
  }

  return {
    has: (spec: ProcessSpec): boolean => fitting(spec) !== undefined,
    /** A ready process that this session can have, with its place. */
    take(spec: ProcessSpec): ClaudeProcess | null {
      const process = fitting(spec)
      if (process) spares.delete(process)
      return process ?? null
    },
    /** A session has started in this folder: the next one is expected there too. */
    async refill(spec: ProcessSpec): Promise<void> {
      for (const [process, folder] of spares) if (folder !== folderOf(spec)) await process.end('idle')
      while (!isStopped && spares.size + starting < count && pool.hasRoom()) await add(spec)
    },
    count: (): number => spares.size,
    all: (): ClaudeProcess[] => [...spares.keys()],
    async stop(): Promise<void> {
      isStopped = true
      await Promise.all([...spares.keys()].map((process) => process.end('idle')))
    },
  }
}
