// Claude's processes as whoever runs the relay sees them: whose they are, what they do, what they cost the machine.
import type { ClaudeProcessInfo } from '#protocol'
import type { Claude } from '../claude/claude.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Storage } from '../storage/storage.ts'
import { createProcessUsage, type Usage } from './process-usage.ts'

type Look = { elapsed: number; usage: Map<number, Usage>; cpuPercent: Map<number, number> }
type SessionName = { id: string; title: string; workspace: string; ownerId: string; ownerName: string }

const lookEveryMs = 1_000

export type ProcessList = ReturnType<typeof createProcessList>

export function createProcessList({ claude, storage, clock, log, usage = createProcessUsage() }: { claude: Pick<Claude, 'processes'>; storage: Pick<Storage, 'query'>; clock: Clock; log: Log; usage?: ReturnType<typeof createProcessUsage> }) {
  let last: Look = { elapsed: clock.elapsed(), usage: new Map(), cpuPercent: new Map() }
  let looking: Promise<void> | null = null

  async function lookNow(): Promise<void> {
    const now = await usage(claude.processes().flatMap(({ pid }) => pid ?? []))
    const elapsed = clock.elapsed()
    const cpuPercent = new Map<number, number>()
    for (const [pid, { cpuMs }] of now) {
      const before = last.usage.get(pid)
      // A child that has ended takes its time with it.
      if (before && elapsed > last.elapsed) cpuPercent.set(pid, Math.max(0, ((cpuMs - before.cpuMs) / (elapsed - last.elapsed)) * 100))
    }
    last = { elapsed, usage: now, cpuPercent }
  }

  /** Looks at the machine, at most once a second, whoever asks. */
  async function look(): Promise<void> {
    if (looking === null && clock.elapsed() - last.elapsed < lookEveryMs && last.usage.size > 0) return
    looking ??= lookNow()
      .catch((error: unknown) => log.warn('operation.processes_not_read', { error }))
      .finally(() => (looking = null))
    await looking
  }

  async function namesOf(ids: string[]): Promise<Map<string, SessionName>> {
    if (ids.length === 0) return new Map()
    const sql = `SELECT s.id, s.title, w.name AS workspace, u.id AS ownerId, u.name AS ownerName FROM sessions s
      JOIN workspaces w ON w.id = s.workspace_id JOIN users u ON u.id = s.owner_id WHERE s.id IN (${ids.map(() => '?').join(', ')})`
    return new Map((await storage.query<SessionName>(sql, ids)).map((row) => [row.id, row]))
  }

  return {
    look,
    /** Of all, as of the last look. */
    memoryBytes: (): number => [...last.usage.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    /** Those that work first, spares last. */
    async all(): Promise<ClaudeProcessInfo[]> {
      await look()
      const processes = claude.processes()
      const names = await namesOf(processes.flatMap(({ sessionId }) => sessionId ?? []))
      const order = ['working', 'waiting', 'starting', 'ready', 'ending', 'spare']
      return processes
        .map(({ id, sessionId, pid, state, startedAt, idleMs }): ClaudeProcessInfo => {
          const name = sessionId === null ? undefined : names.get(sessionId)
          return {
            id,
            state,
            session: name && { id: name.id, title: name.title, workspace: name.workspace, owner: { id: name.ownerId, name: name.ownerName } },
            memory_bytes: last.usage.get(pid ?? -1)?.memoryBytes,
            cpu_percent: last.cpuPercent.get(pid ?? -1),
            started_at: startedAt,
            idle_ms: idleMs ?? undefined,
          }
        })
        .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.started_at - a.started_at)
    },
  }
}
